"""How long a change of the Training step takes to reach the charts, and how fast the training can be played.

The slider is moved while a network trains and while none does, in the same browser against the same server: the ratio
is what training costs the person who looks.
"""

import statistics
import time

from playwright.sync_api import Page
from pytest_benchmark.fixture import BenchmarkFixture

from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN, begin_long_run, button, wait_for_status

MOVES = 30


REDRAWN = """async () => {
  const player = document.querySelector('.st-key-bar .explorer-player'), before = player.dataset.step;
  const own = document.querySelector('script[src*=explorer-assets]').src;
  const load = (name) => import(new URL(name, own));
  const [{ allDrawn }, { shownStep }] = await Promise.all(['drawing.js', 'shown.js'].map(load));
  globalThis.redrawn = false;
  let isSent = false; // by the server, to its end
  addEventListener('explorer-drawn', () => { isSent = player.dataset.step !== before; });
  const look = async () => {
    // a frame that was sent ahead is all there at once
    if (player.dataset.step === before || !(isSent || shownStep() !== null)) return setTimeout(look, 4);
    await allDrawn();
    globalThis.redrawn = true;
  };
  look();
}"""


def move_slider(page: Page, key: str) -> float:
    """Seconds from a key press on the slider until every chart in sight is redrawn."""
    page.evaluate(REDRAWN)
    page.get_by_role("slider", name="Training step").focus()
    began = time.perf_counter()
    page.keyboard.press(key)
    page.wait_for_function("() => globalThis.redrawn", polling=5)
    return time.perf_counter() - began


def moves(page: Page) -> list[float]:
    """The slider moved to and fro between early steps, which the network no longer changes."""
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(1500)
    return [move_slider(page, "ArrowRight" if number % 4 < 2 else "ArrowLeft") for number in range(MOVES)]


def test_a_slider_change_while_a_network_trains(benchmark: BenchmarkFixture, visit: Visit) -> None:
    page = visit.open("cnn")
    page.wait_for_function(ALL_DRAWN)
    quiet = moves(page)
    begin_long_run(visit)
    wait_for_status(page, "training")
    page.wait_for_function(ALL_DRAWN)
    page.wait_for_timeout(5000)
    training = benchmark.pedantic(moves, args=(page,), rounds=1)  # type: ignore[no-untyped-call]
    wait_for_status(page, "training")
    for name, seconds in (("quiet", quiet), ("training", training)):
        benchmark.extra_info[f"{name} median, s"] = round(statistics.median(seconds), 3)
        benchmark.extra_info[f"{name} p95, s"] = round(sorted(seconds)[int(0.95 * MOVES)], 3)
    benchmark.extra_info["training / quiet"] = round(statistics.median(training) / statistics.median(quiet), 2)
    print(dict(benchmark.extra_info))
    button(page, "Stop")
    wait_for_status(page, "stopped")


def test_playing_the_training_at_full_speed(benchmark: BenchmarkFixture, visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    page.get_by_label("Playback speed, recorded steps a second").select_option("8")

    def play() -> float:
        page.get_by_label("Play the training", exact=True).last.click()
        began = time.perf_counter()
        page.wait_for_selector(".explorer-player[data-step='2400'][data-playing='false']", timeout=120_000)
        return 23 / (time.perf_counter() - began)

    rates = [play() for _ in range(2)]
    benchmark.pedantic(lambda: rates.append(play()), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["recorded steps a second, Feature maps open (goal: 6)"] = [round(rate, 1) for rate in rates]
    print(dict(benchmark.extra_info))
