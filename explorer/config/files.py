"""The ways in which a person's own file may be written; "auto" reads what is certain, and asks otherwise."""

from typing import Literal

Encoding = Literal[
    "auto",
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "iso-8859-15",
    "mac-roman",
    "cp850",
    "koi8-r",
    "shift-jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
    "cp1255",
    "cp1256",
]
Separator = Literal["auto", "comma", "semicolon", "tab", "bar"]
DecimalSign = Literal["auto", "point", "comma"]
DateOrder = Literal["auto", "day_first", "month_first"]
MissingValues = Literal["refuse", "interpolate", "last", "drop"]
