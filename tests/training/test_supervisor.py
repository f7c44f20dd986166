import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explorer.config import RunConfig
from explorer.errors import ExplorerError
from explorer.training import Run, launch, wake
from explorer.training.control import ask
from explorer.training.launchers import PRELOAD, Alive, LocalLauncher, Resources
from explorer.training.lock import Lock, held, holder
from explorer.training.state import RunState, read_lease, read_state, write_state
from explorer.training.submit import QUEUED_PER_OWNER, START_LOCK, SUPERVISOR_LOCK, SUPERVISOR_LOG, look_after
from explorer.training.supervisor import Supervisor
from explorer.ui.server import _stay_awake
from tests.event_loop import result_of
from tests.training.processes import end_processes, small_config, wait_for
from tests.training.test_worker import assert_same, plain_loop


class PaperLauncher:
    """Workers that exist on paper only: what the queue decides, without processes."""

    def __init__(self, places: int = 2) -> None:
        self.places = places
        self.living: dict[Path, int] = {}
        self.started: list[Path] = []
        self.killed: list[Path] = []

    def capacity(self) -> int:
        return self.places

    def start(self, run: Path, attempt: int, resources: Resources) -> None:
        self.started.append(run)
        self.living[run] = attempt
        write_state(run, read_state(run).changed(status="running", attempt=attempt))

    def stop(self, run: Path, force: bool) -> None:
        self.killed.append(run)
        self.living.pop(run)

    def alive(self, run: Path) -> Alive:
        return "yes" if run in self.living else "no"

    def end(self, run: Path, status: str | None = "finished") -> None:
        """The worker ends: with a last word, or without."""
        self.living.pop(run)
        if status is not None:
            write_state(run, read_state(run).changed(status=status))


def queued(root: Path, owner: str = "local", config: RunConfig | None = None) -> Path:
    run = Run.create(root, config or small_config(), owner)
    write_state(run.path, RunState().changed(status="queued"))
    return run.path


def round_of(supervisor: Supervisor) -> None:
    supervisor.scan()
    supervisor.watch()
    supervisor.fill()


# ── what the queue decides ───────────────────────────────────────────────────────────────────────────────────────────
def test_an_owner_runs_one_at_a_time_and_the_oldest_first(root: Path) -> None:
    launcher = PaperLauncher()
    runs = [queued(root) for _ in range(3)]
    supervisor = Supervisor(root, launcher)
    round_of(supervisor)
    assert launcher.started == runs[:1]
    launcher.end(runs[0])
    round_of(supervisor)
    assert launcher.started == runs[:2]


def test_places_go_first_to_whoever_has_the_fewest_running(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNNING_PER_OWNER", "2")
    launcher = PaperLauncher(places=3)
    first, second, third = (queued(root, "ada") for _ in range(3))
    late = queued(root, "grace")
    round_of(Supervisor(root, launcher))
    assert launcher.started == [first, late, second]
    assert third not in launcher.living


def test_no_more_run_than_there_are_places(root: Path) -> None:
    launcher = PaperLauncher(places=1)
    for owner in ("ada", "grace"):
        queued(root, owner)
    round_of(Supervisor(root, launcher))
    assert len(launcher.started) == 1


def test_a_dead_worker_is_replaced_twice_and_then_the_run_has_failed(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    for attempt in (1, 2, 3):
        round_of(supervisor)
        assert read_lease(run).attempt == attempt
        launcher.end(run, status=None)
    round_of(supervisor)
    state = read_state(run)
    assert state.status == "failed"
    assert "died 3 times" in state.reason
    assert launcher.started == [run] * 3


def test_a_worker_that_died_before_its_first_word_counts_as_dead_too(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    round_of(supervisor)
    write_state(run, RunState().changed(status="queued"))
    launcher.end(run, status=None)
    round_of(supervisor)
    assert (read_state(run).deaths, launcher.started) == (1, [run, run])


def test_a_successor_adopts_living_workers_and_starts_none_twice(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    round_of(Supervisor(root, launcher))
    successor = Supervisor(root, launcher)
    round_of(successor)
    assert launcher.started == [run]
    launcher.end(run)
    round_of(successor)
    assert read_state(run).status == "finished"


def test_a_run_that_nobody_is_known_to_train_any_more_is_queued_again(root: Path) -> None:
    run = queued(root)
    write_state(run, RunState().changed(status="running", attempt=4))
    launcher = PaperLauncher()
    round_of(Supervisor(root, launcher))
    assert launcher.started == [run]
    assert read_lease(run).attempt == 5


def test_a_run_launched_again_while_its_worker_leaves_is_not_counted_as_dead(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    round_of(supervisor)
    write_state(run, read_state(run).changed(status="stopped"))
    write_state(run, read_state(run).changed(status="queued"))  # by launch(), before the process is gone
    launcher.end(run, status=None)
    round_of(supervisor)
    assert (read_state(run).deaths, launcher.started) == (0, [run, run])


def test_a_worker_that_does_not_stop_is_ended_by_force_and_not_replaced(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.training.supervisor.GRACE", 0.0)
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    round_of(supervisor)
    ask(run, "stop")
    round_of(supervisor)
    time.sleep(0.01)
    round_of(supervisor)
    round_of(supervisor)
    assert launcher.killed == [run]
    state = read_state(run)
    assert state.status == "stopped"
    assert "by force" in state.reason
    assert launcher.started == [run]


def test_a_broken_folder_and_a_deleted_one_disturb_nothing(root: Path) -> None:
    launcher = PaperLauncher()
    broken, whole = queued(root, "ada"), queued(root, "grace")
    (broken / "status.json").write_text("{")
    (root / "empty").mkdir()
    supervisor = Supervisor(root, launcher)
    supervisor.scan()
    (root / "gone").mkdir()
    supervisor.queue.insert(0, root / "gone")
    round_of(supervisor)
    assert launcher.started == [whole]


def test_the_places_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_SLOTS", "7")
    assert LocalLauncher().capacity() == 7
    monkeypatch.setenv("EXPLORER_SLOTS", "many")
    assert LocalLauncher().capacity() == len(os.sched_getaffinity(0))


# ── launching ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def deaf_root(root: Path) -> Iterator[Path]:
    """A root whose supervisor is held off: its lock is taken."""
    root.mkdir()
    lock = Lock(root / SUPERVISOR_LOCK)
    assert lock.acquire()
    yield root
    lock.release()


def test_at_most_three_runs_of_an_owner_wait(deaf_root: Path) -> None:
    for _ in range(QUEUED_PER_OWNER):
        launch(Run.create(deaf_root, small_config()))
    refused = Run.create(deaf_root, small_config())
    with pytest.raises(ExplorerError, match="3 runs waiting, and at most 3 may wait"):
        launch(refused)
    assert refused.status == "new"
    launch(Run.create(deaf_root, small_config(), owner="grace"))


def test_a_run_is_launched_once(deaf_root: Path) -> None:
    run = Run.create(deaf_root, small_config())
    launch(run)
    with pytest.raises(ExplorerError, match="queued already"):
        launch(run)


def test_a_finished_run_is_not_launched_again(deaf_root: Path) -> None:
    run = Run.create(deaf_root, small_config())
    write_state(run.path, RunState().changed(status="finished", step=40, total=40))
    with pytest.raises(ExplorerError, match="finished at step 40 of 40"):
        launch(run)


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_a_run_that_ended_early_is_resumed_by_resume_and_by_launch(deaf_root: Path, status: str) -> None:
    for go_on in (launch, Run.resume):
        run = Run.create(deaf_root, small_config(), owner=go_on.__name__)
        write_state(run.path, RunState().changed(status=status, reason="why", step=7))
        go_on(run)
        assert (run.status, run.reason, run.state().step) == ("queued", "", 7)


def test_a_step_of_a_parked_run_queues_it_again(deaf_root: Path) -> None:
    run = Run.create(deaf_root, small_config())
    write_state(run.path, RunState().changed(status="paused", parked=True))
    run.step_once()
    assert run.status == "queued"


def test_of_many_launches_at_once_one_starts_the_run_and_the_others_say_why(deaf_root: Path) -> None:
    run = Run.create(deaf_root, small_config())

    def attempt(number: int) -> str:
        try:
            launch(run)
        except ExplorerError as error:
            return str(error)
        return "launched"

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(attempt, range(8)))
    assert said == ["The run is queued already."] * 7 + ["launched"]


@pytest.mark.parametrize("status", ["queued", "finished", "running"])
def test_a_run_that_another_process_has_started_meanwhile_is_not_started_again(
    deaf_root: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    run = Run.create(deaf_root, small_config())
    take = Lock.acquire

    def late(lock: Lock, patience: float = 0.0) -> bool:
        taken = take(lock, patience)
        if lock.path.name == START_LOCK:  # between the first look and the right to start
            write_state(run.path, RunState().changed(status=status, step=40, total=40, attempt=1))
            assert take(Lock(run.path / "lock")) or status != "running"
        return taken

    monkeypatch.setattr(Lock, "acquire", late)
    with pytest.raises(ExplorerError, match=r"queued already|running already|finished at step 40 of 40"):
        launch(run)
    assert read_state(run.path).status == status


# ── looking after the queue ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The roots whose supervisor was started."""
    roots: list[Path] = []
    monkeypatch.setattr("explorer.training.submit.wake", roots.append)
    return roots


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        (RunState(status="queued"), True),
        (RunState(status="running", attempt=1), True),  # its worker is dead
        (RunState(status="paused", attempt=1), True),
        (RunState(status="paused", parked=True), False),
        (RunState(status="new"), False),
        (RunState(status="stopped"), False),
        (RunState(status="finished"), False),
        (RunState(status="failed"), False),
    ],
    ids=lambda state: str(getattr(state, "status", state)),
)
def test_without_a_supervisor_one_is_started_only_where_a_run_needs_it(
    root: Path, woken: list[Path], state: RunState, needs: bool
) -> None:
    run = Run.create(root, small_config())
    write_state(run.path, state)
    look_after(root)
    assert woken == [root] * needs


def test_a_supervisor_that_is_starting_is_not_started_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    def start(*_: object) -> "subprocess.Popen[bytes]":
        processes.append(subprocess.Popen(["sleep", "60"]))
        return processes[-1]

    monkeypatch.setattr("explorer.training.submit.start_apart", start)
    for _ in range(3):
        wake(root)
    assert len(processes) == 1
    processes[0].kill()
    processes[0].wait()
    wake(root)
    assert len(processes) == 2
    processes[1].kill()
    processes[1].wait()


def test_a_supervisor_that_is_there_is_left_alone(deaf_root: Path, woken: list[Path]) -> None:
    queued(deaf_root)
    look_after(deaf_root)
    assert woken == []


def test_a_broken_run_waits_for_no_supervisor(root: Path, woken: list[Path]) -> None:
    broken = queued(root)
    (broken / "status.json").write_text("{")
    look_after(root)
    look_after(root / "nowhere")
    assert woken == []


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_supervisors_module_brings_no_torch() -> None:
    script = "import sys, explorer.training.supervisor; sys.exit(len({'torch', 'pandas', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root folder with a supervisor that runs two at once."""
    root = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_SLOTS", "2")
        patch.setenv("EXPLORER_RUNNING_PER_OWNER", "2")
        wake(root)
        yield root
    end_processes(root)


def started(root: Path, config: RunConfig) -> Run:
    run = Run.create(root, config)
    launch(run)
    return run


@pytest.mark.slow
def test_a_launched_run_finishes_and_was_forked_from_a_server_with_torch(supervised: Path) -> None:
    run = started(supervised, small_config())
    wait_for(lambda: run.status == "finished")
    assert PRELOAD not in (run.path / "log.txt").read_text()
    supervisor = holder(supervised / SUPERVISOR_LOCK)
    assert "libtorch" not in Path(f"/proc/{supervisor}/maps").read_text()


@pytest.mark.slow
def test_two_runs_at_once_do_not_disturb_each_other(supervised: Path) -> None:
    configs = [small_config(epochs=20, seed=seed) for seed in (1, 2)]
    runs = [started(supervised, config) for config in configs]
    wait_for(lambda: all(run.status == "running" for run in runs))
    wait_for(lambda: all(run.status == "finished" for run in runs))
    for run, config in zip(runs, configs, strict=True):
        losses, weights = plain_loop(config)
        assert list(run.metrics()["loss"][1:]) == losses
        assert_same(run.weights(run.steps[-1]), weights[len(losses)])


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_as_if_it_had_never_been(supervised: Path) -> None:
    config = small_config(epochs=90, snapshots=60)
    run = started(supervised, config)
    launches = 0
    for delay in (0.0, 0.11, 0.23, 0.05, 0.17, 0.29):
        before = run.state().step
        wait_for(lambda before=before: run.status == "running" and run.state().step > before)  # type: ignore[misc]
        time.sleep(delay)
        pid = holder(run.path / "lock")
        if pid is None:
            break
        os.kill(pid, signal.SIGKILL)
        if run.state().deaths == 2:  # the third would be the last
            wait_for(lambda: run.status == "failed")
            launch(run)
            launches += 1
    wait_for(lambda: run.status == "finished")
    losses, weights = plain_loop(config)
    rows = run.metrics()
    assert launches >= 1
    assert run.state().attempt >= 4
    assert list(rows["step"]) == list(range(len(losses) + 1))
    assert list(rows["loss"][1:]) == losses
    for step in run.steps:
        assert_same(run.weights(step), weights[step])


@pytest.mark.slow
def test_three_deaths_fail_a_run_and_a_launch_gives_it_new_lives(supervised: Path) -> None:
    run = started(supervised, small_config(epochs=500))
    for attempt in (1, 2, 3):
        wait_for(lambda attempt=attempt: run.state().attempt == attempt and run.status == "running")  # type: ignore[misc]
        pid = holder(run.path / "lock")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: run.status == "failed")
    assert "died 3 times" in run.reason
    launch(run)
    wait_for(lambda: run.status == "running" and run.state().step > 0)
    run.stop()
    wait_for(lambda: run.status == "stopped")


@pytest.mark.slow
def test_workers_go_on_without_their_supervisor_and_its_successor_adopts_them(root: Path) -> None:
    run = started(root, small_config(epochs=500))
    wait_for(lambda: run.status == "running" and run.state().step > 0)
    worker = holder(run.path / "lock")
    for adopted, how in enumerate((signal.SIGKILL, signal.SIGTERM)):
        wait_for(lambda adopted=adopted: _adoptions(root, run) == adopted)  # type: ignore[misc]
        supervisor = holder(root / SUPERVISOR_LOCK)
        assert supervisor is not None
        os.kill(supervisor, how)
        wait_for(lambda: not held(root / SUPERVISOR_LOCK), seconds=2)
        step = run.state().step
        wait_for(lambda step=step: run.state().step > step + 20)  # type: ignore[misc]
        wake(root)
    wait_for(lambda: _adoptions(root, run) == 2)
    assert holder(run.path / "lock") == worker
    assert run.state().attempt == 1
    run.stop()
    wait_for(lambda: run.status == "stopped")


@pytest.mark.slow
def test_a_waiting_run_is_trained_though_the_supervisor_was_killed_and_nobody_looks(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(root))
    monkeypatch.setattr("explorer.ui.server.LOOK_EVERY", 0.2)
    first, second = (started(root, small_config(epochs=epochs)) for epochs in (500, 2))
    wait_for(lambda: first.status == "running")

    async def serve() -> None:
        awake = asyncio.create_task(_stay_awake())
        await asyncio.sleep(0.1)
        supervisor = holder(root / SUPERVISOR_LOCK)
        assert supervisor is not None
        os.kill(supervisor, signal.SIGKILL)
        first.stop()
        await asyncio.to_thread(wait_for, lambda: second.status == "finished")
        awake.cancel()

    result_of(serve())


def _adoptions(root: Path, run: Run) -> int:
    return (root / SUPERVISOR_LOG).read_text().count(f"adopts {run.id}")


def test_a_supervisor_ends_when_nobody_rang_for_a_while_however_often_it_looked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.training.supervisor.SCAN", 0.0)
    launcher = PaperLauncher()
    supervisor = Supervisor(root, launcher)
    supervisor.run(idle=0.2)  # returns
    run = queued(root)
    round_of(supervisor)
    assert launcher.started == [run]


def test_a_supervisor_with_nothing_to_do_ends(root: Path) -> None:
    command = [sys.executable, "-m", "explorer.training.supervisor", "--root", str(root), "--idle", "0.2"]
    assert subprocess.run(command, check=False, timeout=30, stdout=subprocess.DEVNULL).returncode == 0
    assert not held(root / SUPERVISOR_LOCK)


def test_a_second_supervisor_of_a_folder_leaves_at_once(deaf_root: Path) -> None:
    command = [sys.executable, "-m", "explorer.training.supervisor", "--root", str(deaf_root)]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0


def test_without_a_supervisor_a_launch_starts_a_process_of_its_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        "explorer.training.submit.start_apart", lambda module, arguments, log: calls.append((module, arguments))
    )
    run = Run.create(root, small_config())
    launch(run, supervisor=False)
    assert calls == [("explorer.training.worker", [str(run.path), "1"])]
    assert read_lease(run.path).attempt == 1
    assert not (root / SUPERVISOR_LOCK).exists()
