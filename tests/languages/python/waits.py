"""What waits for a network in Python ends when the app wants it to. Called with a journal that has joined, an invite link and
the name of one of the functions here."""

import asyncio
import os
import signal
import socket
import sys
import threading
from urllib.parse import urlsplit

import saxaul
from saxaul import Action, Pace, PeopleQuery, SaxaulError, SyncState, Watched, aio

PATH, LINK, STORY = sys.argv[1:]


class SilentHome:
    """Takes calls and answers none."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:{}".format(self.listener.getsockname()[1])
        self.calls = []

    def link(self):
        return LINK.replace("{0.scheme}://{0.netloc}".format(urlsplit(LINK)), self.url)

    def when_called(self, act):
        def wait():
            self.calls.append(self.listener.accept()[0])
            act()

        threading.Thread(target=wait, daemon=True).start()

    def still_waits(self):
        """Whether its one call was left alone, and not ended by a limit of time."""
        [call] = self.calls
        call.setblocking(False)
        while True:
            try:
                if not call.recv(65536):
                    return False
            except BlockingIOError:
                return True


def interrupted_by_control_c():
    """The call ends with KeyboardInterrupt while home is still silent, and another process may open the journal."""
    for begin in (
        lambda journal, home: journal.exchange_http(home.url),
        lambda journal, home: journal.exchange_http(home.url, Impatient()),
        lambda journal, home: journal.join_http(home.link(), "python"),
    ):
        home = SilentHome()
        home.when_called(lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            with saxaul.open(PATH) as journal:
                begin(journal, home)
            raise AssertionError("it was not interrupted")
        except KeyboardInterrupt:
            assert home.still_waits()
    saxaul.open(PATH).shut_down()


class Impatient(Pace):
    """Would end an exchange that goes on after an interruption."""

    def goes_on(self, brought):
        raise AssertionError("it went on")

    def waits(self, ms):
        raise AssertionError("it went on")


def a_signal_that_raises_nothing():
    """A handler runs while the call waits, and the call goes on until somebody cancels it."""
    home, cancel, handled = SilentHome(), saxaul.Cancel(), threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: handled.set())

    def called():
        os.kill(os.getpid(), signal.SIGUSR1)
        handled.wait()
        cancel.cancel()

    home.when_called(called)
    with saxaul.open(PATH) as journal:
        try:
            journal.exchange_http(home.url, None, cancel)
            raise AssertionError("it was not cancelled")
        except SaxaulError.Retry as error:
            assert error.code == "cancelled" and home.still_waits(), error


class Throws(Pace):
    def waits(self, ms):
        raise LookupError("thrown by the app")


class Answers(Pace):
    """Answers nothing the first time, which goes on, and false the second."""

    def __init__(self):
        self.asked = 0

    def waits(self, ms):
        self.asked += 1
        return None if self.asked == 1 else False


def what_the_app_throws():
    """It comes back as itself from a pace, and is reported from a listener, which does no harm."""
    nobody = socket.create_server(("127.0.0.1", 0))
    url = "http://127.0.0.1:{}".format(nobody.getsockname()[1])
    nobody.close()
    reported, everybody_threw = [], threading.Event()

    def report(args):
        reported.append(str(args.exc_value))
        if len(reported) == 3:
            everybody_threw.set()

    threading.excepthook = report
    with saxaul.open(PATH) as journal:
        try:
            journal.exchange_http(url, Throws())
            raise AssertionError("it did not throw")
        except LookupError as error:
            assert str(error) == "thrown by the app", error
        answers = Answers()
        try:
            journal.exchange_http(url, answers)
            raise AssertionError("it was not given up")
        except SaxaulError.Retry as error:
            assert (error.code, answers.asked) == ("cancelled", 2), (error, answers.asked)

        class Listener(saxaul.Listener):
            def changed(self, changes):
                raise LookupError("listener")

        class Watcher(saxaul.Watcher):
            def shown(self, now):
                raise LookupError("watcher")

        class Status(saxaul.SyncWatcher):
            threw = False

            def status(self, now):
                if not self.threw:
                    self.threw = True
                    raise LookupError("status")

        journal.observe(Listener())
        journal.watch(Watched.PEOPLE(PeopleQuery()), Watcher())
        journal.sync(saxaul.SyncSettings(url=url), Status())
        everybody_threw.wait()
        assert sorted(reported) == ["listener", "status", "watcher"], reported
        assert journal.people(PeopleQuery()).total == 0


def nonsense_is_refused():
    """An id that is none is an error of the library, with a code."""
    with saxaul.open(PATH) as journal:
        for act in (
            lambda: journal.person("A-0001"),
            lambda: journal.choose_event(""),
            lambda: journal.perform(Action.CHECK_IN(subject="A-0001", site="north", method=saxaul.Method.SEARCH)),
        ):
            try:
                act()
                raise AssertionError("it was not refused")
            except SaxaulError.Refused as error:
                assert error.code == "bad_input", error


def every_call_has_a_twin():
    """No call of the journal is missing in asyncio. What takes a callback is an iterator there."""
    iterators = {"observe": "changes", "watch": "watch", "sync": "syncing"}
    calls = [name for name in dir(saxaul.Journal) if not name.startswith("_") and name not in ("open", "open_recorded")]
    assert len(calls) > 30, calls
    for call in calls:
        twin = getattr(aio.Journal, iterators.get(call, call))
        assert asyncio.iscoroutinefunction(twin) or call in iterators or call == "everybody", call


def awaited():
    asyncio.run(stories_of_asyncio())


async def stories_of_asyncio():
    home = SilentHome()
    async with aio.open(PATH) as journal:
        # Cancelled, an exchange, a join and a sync end while home is still silent.
        for begin in (lambda: journal.exchange_http(home.url), lambda: journal.join_http(home.link(), "python"),
                      lambda: sync(journal, home.url)):
            home.calls.clear()
            called = asyncio.Event()
            home.when_called(lambda: loop.call_soon_threadsafe(called.set))
            loop = asyncio.get_running_loop()
            waiting = asyncio.ensure_future(begin())
            await called.wait()
            waiting.cancel()
            try:
                await waiting
                raise AssertionError("it was not cancelled")
            except asyncio.CancelledError:
                assert home.still_waits()

        # Two hear what changes, and one is shown people, while somebody is added.
        first, second = journal.changes(), journal.changes()
        assert (await first.__anext__()).everybody and (await second.__anext__()).everybody
        people = journal.watch(Watched.PEOPLE(PeopleQuery()))
        assert (await people.__anext__()).page.total == 0
        person = saxaul.new_person_id()
        await journal.perform(Action.ADD_PERSON(id=person, known=known("Ann")))
        assert (await first.__anext__()).subjects == (await second.__anext__()).subjects == [person]
        assert (await people.__anext__()).page.rows[0].name == "Ann"
        assert [row.name async for row in journal.everybody()] == ["Ann"]
        await first.aclose()
        await journal.perform(Action.ADD_PERSON(id=saxaul.new_person_id(), known=known("Ben")))
        assert len((await second.__anext__()).subjects) == 1
        assert (await journal.people(PeopleQuery())).total == 2 and await journal.person(person)
        # Closing the journal ends what waits for it.
        ended = asyncio.ensure_future(second.__anext__())
    try:
        await ended
        raise AssertionError("it did not end")
    except StopAsyncIteration:
        pass
    reopened = await aio.open(PATH)
    await reopened.shut_down()


def known(name):
    return saxaul.Known(name=saxaul.Name(family=name))


async def sync(journal, url):
    async for status in journal.syncing(saxaul.SyncSettings(url=url)):
        assert status.state is SyncState.EXCHANGING, status


globals()[STORY]()
