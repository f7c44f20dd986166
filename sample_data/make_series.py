"""Write sample_data/sunspots.csv and passengers.csv from the packages that carry the figures.

Run ``python sample_data/make_series.py STATSMODELS SKTIME PMDARIMA`` with each package's wheel, as ``pip download``
fetches them. The passengers have to be the same in two packages; the sunspots, rounded, have to agree with the yearly
means of a monthly count that another package carries.
"""

import csv
import gzip
import io
import re
import sys
from pathlib import Path
from zipfile import ZipFile

TARGET = Path(__file__).resolve().parent


def read(wheel: str, name: str) -> bytes:
    """A file inside a wheel."""
    with ZipFile(wheel) as archive:
        return archive.read(name)


def rows(content: bytes) -> list[list[str]]:
    """The rows of a CSV file without its line of column names."""
    return list(csv.reader(io.StringIO(content.decode())))[1:]


def write(name: str, columns: tuple[str, str], table: list[list[str]]) -> None:
    """One file in sample_data/."""
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *table])
    print(f"{name}: {len(table)} rows")


def main(statsmodels: str, sktime: str, pmdarima: str) -> None:
    """Check the figures and write both files."""
    passengers = rows(read(sktime, "sktime/datasets/data/Airline/Airline.csv"))
    source = read(pmdarima, "pmdarima/datasets/airpassengers.py").decode().split("rslt = np.array([")[1].split("]")[0]
    if [count for _, count in passengers] != re.findall(r"\d+", source):
        raise SystemExit("The two packages' airline passengers differ.")
    write("passengers.csv", ("month", "passengers"), passengers)

    sunspots = rows(read(statsmodels, "statsmodels/datasets/sunspots/sunspots.csv"))
    monthly = [
        float(count) for count in gzip.decompress(read(pmdarima, "pmdarima/datasets/data/sunspots.txt.gz")).split()
    ]
    yearly = {str(1749 + start // 12): sum(monthly[start : start + 12]) / 12 for start in range(0, len(monthly), 12)}
    far = [year for year, count in sunspots if year in yearly and abs(float(count) - yearly[year]) > 2]
    if far:
        raise SystemExit(f"The two packages' sunspots differ by more than 2 in {', '.join(far)}.")
    write("sunspots.csv", ("year", "sunspots"), sunspots)


if __name__ == "__main__":
    main(*sys.argv[1:])
