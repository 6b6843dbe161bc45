"""A kiosk at a terminal, made of Saxaul and textual: `pip install saxaul textual`, then `python kiosk.py gate.db`.

One line takes everything: an invite link, what a scanner types (a keyboard wedge ends it with Enter), and a name, a code or a
telephone number. Enter checks in whoever is chosen, or out if they are inside. F8 takes the last entry back. What is recorded is
saved here before it is shown, and goes home by itself as soon as there is a network.
"""

from __future__ import annotations

import sys
from datetime import datetime

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable, Footer, Input, Static

import saxaul
from saxaul import Action, FoundBy, Method, PeopleQuery, PersonRow, SaxaulError, ScannedCode, Shown, SyncState, SyncStatus, Watched, aio

ROWS = 20
# Whoever is found by anything else is a guess, and must be chosen.
CERTAIN = (FoundBy.CODE, FoundBy.PHONE, FoundBy.NAME)


class Kiosk(App[None]):
    TITLE = "Saxaul"
    CSS = "#said, #unsafe, #sync { height: 1; padding: 0 1; } #people { height: 1fr; } #said { text-style: bold; }"
    BINDINGS = [Binding("f8", "undo", "Take back the last entry"), Binding("f10", "quit", "Quit")]

    def __init__(self, path: str):
        super().__init__()
        self._path = path
        self._journal: aio.Journal | None = None
        self._site = ""
        self._shown: dict[str, PersonRow] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="said")
        yield Input(placeholder="Scan a badge, type a name, or paste an invite link", id="typed")
        yield DataTable(id="people", cursor_type="row", zebra_stripes=True)
        yield Static(id="unsafe")
        yield Static(id="sync")
        yield Footer()

    @property
    def journal(self) -> aio.Journal:
        assert self._journal is not None
        return self._journal

    async def on_mount(self) -> None:
        self._people.add_columns("Code", "Name", "Team", "Here since")
        self._journal = await aio.open(self._path)
        await self.works_somewhere()
        self.run_worker(self.shows_people(""), group="people", exclusive=True)
        self.run_worker(self.shows_what_is_unsafe())
        self.run_worker(self.syncs())

    async def on_unmount(self) -> None:
        if self._journal is not None:
            await self._journal.shut_down()

    async def works_somewhere(self) -> bool:
        """Takes up the site of this device; false before it has joined."""
        standing = await self.journal.standing()
        if standing.event is None:
            self.says("Paste the invite link of this kiosk.")
            return False
        event = await self.journal.event()
        # Before the first exchange the event is empty.
        self._site = standing.site or (event.sites[0].key if event.sites else "")
        return True

    # What is shown.

    @property
    def _people(self) -> DataTable[str]:
        return self.query_one("#people", DataTable)

    def says(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    async def shows_people(self, text: str) -> None:
        """Whom the text finds, now and whenever that changes."""
        query = Watched.PEOPLE(query=PeopleQuery(text=text, limit=ROWS))
        async for shown in self.journal.watch(query):
            assert isinstance(shown, Shown.PEOPLE)
            self._shown = {row.subject: row for row in shown.page.rows}
            chosen = self._people.cursor_row
            self._people.clear()
            for row in shown.page.rows:
                since = "" if row.inside_since is None else f"{datetime.fromtimestamp(row.inside_since / 1000):%H:%M}"
                name = row.name if row.found_by is None or row.found_by in CERTAIN else f"{row.name} (maybe)"
                self._people.add_row(row.code, name, row.team or "", since, key=row.subject)
            self._people.move_cursor(row=chosen)

    async def shows_what_is_unsafe(self) -> None:
        """How many records home lacks: they are lost with this machine."""
        async for shown in self.journal.watch(Watched.UNCONFIRMED()):
            assert isinstance(shown, Shown.UNCONFIRMED)
            here, refused = shown.open.on_this_device + shown.open.carried, shown.open.refused
            text = f"Only here: {here}" if here else "Everything is at home"
            self.query_one("#unsafe", Static).update(text + (f"; refused: {refused}" if refused else ""))

    async def syncs(self) -> None:
        """Exchanges with home by itself, and says how that stands."""
        async for status in self.journal.syncing():
            self.query_one("#sync", Static).update(said_of(status))
            if status.state is SyncState.WAITING and not self._site:
                await self.works_somewhere()

    # What is done.

    def on_input_changed(self, event: Input.Changed) -> None:
        # A link and a badge are no names.
        if len(event.value) <= 60:
            self.run_worker(self.shows_people(event.value.strip()), group="people", exclusive=True)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        try:
            await self.takes(text)
        except SaxaulError as error:
            self.says(sentence(error))

    async def takes(self, text: str) -> None:
        if (await self.journal.standing()).event is None:
            await self.joins(text)
            return
        code = await self.journal.read_code(text)
        if isinstance(code, ScannedCode.INVITE):
            await self.joins(code.link)
        elif isinstance(code, ScannedCode.OTHER):
            await self.takes_typed(text)
        else:
            self.cleared()
            # Whoever is newer than this roster is let in by their badge.
            bearer = await self.journal.scan(text)
            await self.passes(bearer.subject, bearer.person, Method.QR)

    async def takes_typed(self, text: str) -> None:
        """Somebody was looked up: one person who is found for certain passes; among several, or of a guess, one is chosen."""
        # What is shown may still be of what was typed before.
        found = await self.journal.people(PeopleQuery(text=text, limit=2))
        if found.total == 1 and text and found.rows[0].found_by in CERTAIN:
            self.cleared()
            await self.passes(found.rows[0].subject, found.rows[0], Method.SEARCH)
        elif found.total:
            self.says("Choose one.")
            self._people.focus()
        else:
            self.says("Nobody is called so.")

    async def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        row = self._shown.get(str(event.row_key.value))
        if row is None:
            return
        self.cleared()
        try:
            await self.passes(row.subject, row, Method.SEARCH)
        except SaxaulError as error:
            self.says(sentence(error))

    def cleared(self) -> None:
        """Ready for the next person."""
        typed = self.query_one("#typed", Input)
        typed.value = ""
        typed.focus()

    async def joins(self, link: str) -> None:
        self.says("Joining …")
        await self.journal.join_http(link, "kiosk")
        self.cleared()
        self.says("Joined. People appear after the first exchange.")

    async def passes(self, subject: str, row: PersonRow | None, method: Method) -> None:
        """Checks somebody in, or out if they are inside."""
        name = row.name if row else "somebody who is not on this roster yet"
        # What was shown may be older than the last entry.
        now = await self.journal.person(subject)
        if now is not None and now.inside_at is not None:
            await self.journal.perform(Action.CHECK_OUT(subject=subject, site=now.inside_at, method=method))
            self.says(f"Out: {name}")
        else:
            await self.journal.perform(Action.CHECK_IN(subject=subject, site=self._site, method=method))
            self.says(f"In: {name}")

    async def action_undo(self) -> None:
        try:
            for row in (await self.journal.records()).rows:
                if row.entry is not None and not row.undone and row.kind != "undo":
                    await self.journal.perform(Action.UNDO(entry=row.entry))
                    self.says(f"Taken back: {row.kind}")
                    return
            self.says("There is nothing to take back.")
        except SaxaulError as error:
            self.says(sentence(error))


def said_of(status: SyncStatus) -> str:
    if status.state is SyncState.EXCHANGING:
        return f"Exchanging: {status.delivered} sent, {status.received} received"
    if status.error is not None:
        return sentence(status.error)
    return "Nothing was exchanged yet" if status.exchanged is None else f"Exchanged at {datetime.fromtimestamp(status.exchanged / 1000):%H:%M:%S}"


def sentence(error: SaxaulError) -> str:
    """What people are told about an error, and nothing of how it is called."""
    code = getattr(error, "code", "bug")
    return saxaul.error_codes.sentence(code, "en") or str(error)


if __name__ == "__main__":
    Kiosk(sys.argv[1]).run()
