"""An app at a gate, in Python: the program that every language has. See tests/tests/languages."""

import contextlib
import dataclasses
import hashlib
import json
import multiprocessing
import os
import pathlib
import queue
import shutil
import signal
import sqlite3
import subprocess
import sys

import pandas
import saxaul
from saxaul import ClockReading, Method, PeopleQuery, PresenceFilter, SaxaulError, error_codes


def query(text="", presence=None, limit=20):
    return PeopleQuery(text=text, team=None, presence=presence or PresenceFilter.ANYONE(), withdrawn=False, offset=0,
                       limit=limit)


def join(journal, link):
    journal.join_http(link, "python")
    journal.exchange_http()


def work(journal, text):
    found = journal.people(query(text)).rows
    assert len(found) == 1, found
    site = journal.event().sites[0].key
    action = saxaul.Action.CHECK_IN(subject=found[0].subject, site=site, method=Method.SEARCH)
    row = journal.perform(action)
    assert row.state == saxaul.RecordState.SAVED_HERE(), row
    print("saved", flush=True)
    signal.pause()


class Watcher(saxaul.SyncWatcher):
    """Hears how a sync stands, until it waits for its time."""

    def __init__(self):
        self.seen = queue.SimpleQueue()

    def status(self, now):
        self.seen.put(now)


def sync(journal):
    watcher = Watcher()
    syncing = journal.sync(saxaul.SyncSettings(), watcher)
    stands = next(now for now in iter(watcher.seen.get, None) if now.state == saxaul.SyncState.WAITING)
    assert stands.error is None and stands.undelivered == 0, stands
    syncing.stop()


def is_a_data_class(journal):
    """A row is what Python expects of one."""
    people = list(journal.everybody())
    assert len(people) == journal.people(query(limit=0)).total > 0
    [first, *others] = people
    assert first == journal.person(first.subject) and first != others and first != "somebody", first
    assert hash(first) == hash(journal.person(first.subject)) and len({*people}) == len(people)
    assert repr(first).startswith(f"PersonRow(subject={first.subject!r}, "), first
    assert dataclasses.asdict(first)["name"] == first.name
    columns = list(pandas.DataFrame(people).columns)
    assert columns == list(journal.people_frame().columns) and len(columns) == 15, columns
    assert repr(saxaul.RecordState.SAVED_HERE()) == repr(saxaul.RecordState.SAVED_HERE())


def hours(journal):
    rows = journal.hours()
    frame = journal.hours_frame()
    assert [frame[c].tolist() for c in ("code", "date", "imputed_s")] == [
        [row.code for row in rows], [row.date for row in rows], [row.imputed_s for row in rows]], frame
    assert frame.groupby("code")["verified_s"].sum().sum() == sum(row.verified_s for row in rows)
    is_a_data_class(journal)
    print(json.dumps(sorted([row.code, row.date, row.observed_s, row.imputed_s, row.verified_s] for row in rows)))


def add(journal, number):
    """Adds somebody; false if the journal refuses it because it was opened before a fork."""
    known = {"name": {"family": f"Person {number}"}}
    person = {"do": "add_person", "id": f"{number * 2:016x}", "known": known}
    try:
        journal.perform_json(json.dumps(person), None)
    except SaxaulError.Refused as error:
        assert error.code == "forked", error
        return False
    return True


def held_by_the_parent(number):
    return add(HELD, number)


def holds(journal, path):
    """What is acknowledged is kept, whatever processes and files come into being meanwhile."""
    global HELD
    HELD = journal
    child = os.fork()
    if child == 0:
        os._exit(any(add(journal, number) for number in range(100, 120)))
    assert all(add(journal, number) for number in range(1, 21))
    assert os.waitpid(child, 0)[1] == 0, "the child recorded something"
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert not any(pool.map(held_by_the_parent, range(200, 212)))
    # Whoever copies the file lets nobody in.
    shutil.copy(path, path + ".copy")
    opened = subprocess.run([sys.executable, __file__, "open", path], capture_output=True, text=True)
    assert "in_use" in opened.stderr, opened
    journal.back_up(path + ".backup")
    with saxaul.open(path + ".backup") as copy:
        assert copy.people(query()).total == 20
    assert add(journal, 21)
    journal.shut_down()
    with saxaul.open(path) as again:
        assert again.people(query()).total == 21 and not again.is_read_only()
    foreign = path + ".customers"
    with contextlib.closing(sqlite3.connect(foreign)) as customers:
        customers.execute("CREATE TABLE device (serial TEXT)")
    before = pathlib.Path(foreign).read_bytes()
    try:
        saxaul.open(foreign)
        raise AssertionError("a file of another program was taken for a journal")
    except SaxaulError.Refused as error:
        assert error.code == error_codes.NOT_A_JOURNAL, error
        assert error_codes.sentence(error.code, "ru").startswith("Этот файл не журнал"), error
    assert pathlib.Path(foreign).read_bytes() == before


def main():
    command, path, *rest = sys.argv[1:]
    if command == "conformance":
        return conformance(path, rest[0])
    with saxaul.open(path) as journal:
        if command == "join":
            join(journal, open(rest[0]).read())
        elif command == "work":
            work(journal, rest[0])
        elif command == "exchange":
            sync(journal)
            open_records = journal.unconfirmed()
            assert open_records.on_this_device == open_records.carried == 0, open_records
        elif command == "hours":
            hours(journal)
        elif command == "holds":
            holds(journal, path)
        elif command == "wipe":
            assert journal.exchange_http().wipe_ordered
            journal.wipe()
    return None


def refused(code, act):
    try:
        act()
    except SaxaulError.Refused as error:
        assert error.code == code, error
    else:
        raise AssertionError(f"not refused: {code}")


def conformance(story, directory):
    story = json.load(open(story))
    devices, bundles = {}, {}

    def begin(name):
        device = story["devices"][name]
        seed = bytes.fromhex(device["seed"])
        devices[name] = saxaul.Saxaul.open_recorded(f"{directory}/{name}.db", seed, device["incarnation"])

    for name, device in story["devices"].items():
        begin(name)
        answer = saxaul.HomeAnswer(status=200, token=None, retry_after_s=None, body=device["enrolled"].encode())
        devices[name].take_enrolled(device["link"], answer)
    for step in story["steps"]:
        device = devices.get(step.get("device"))
        if "do" in step:
            reading = ClockReading(**step["reading"])
            act = lambda: device.perform_json(json.dumps(step["do"]), reading)  # noqa: E731
            refused(step["refused"], act) if "refused" in step else act()
        elif "meets" in step:
            greeting = devices[step["meets"]].greet()
            while device.take_near(devices[step["meets"]].answer_near(device.ask_near(greeting))).more:
                pass
        elif "exports" in step:
            bundles[step["exports"]] = device.export_bundle(None)
        elif "imports" in step:
            device.import_bundle(bundles[step["imports"]])
        elif "dies" in step:
            devices.pop(step["dies"]).shut_down()
            begin(step["dies"])
        elif "finds" in step:
            names = [row.name for row in device.people(query(step["finds"])).rows]
            assert names == step["names"], names
        elif "view_sha256" in step:
            digest = hashlib.sha256(device.view_json()).hexdigest()
            assert digest == step["view_sha256"], (step, digest)
        else:
            raise AssertionError(f"unknown step: {step}")
    print(len(story["steps"]), "steps")


main()
