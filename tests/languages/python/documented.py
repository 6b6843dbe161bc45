"""What docs/embedding.md shows, with the types that a checker sees."""

import asyncio

import saxaul
from saxaul import Action, Method, PeopleQuery, SaxaulError, Shown, SyncSettings, SyncStatus, SyncWatcher, Watched, aio


class Status(SyncWatcher):
    def status(self, now: SyncStatus) -> None:
        print(now.state, now.undelivered)


def blocking(link: str) -> None:
    with saxaul.open("gate.db") as journal:
        try:
            journal.join_http(link, "gate")
            journal.exchange_http()
        except SaxaulError.Retry as error:
            print(error.code, error.after_ms)
        except SaxaulError.Refused as error:
            print(error.code, error.why)
        person = journal.people(PeopleQuery(text="akhm")).rows[0]
        journal.perform(Action.CHECK_IN(subject=person.subject, site="north", method=Method.SEARCH))
        for row in journal.everybody("akhm"):
            print(row.name, row.inside_at)
        print(journal.hours_frame())
        journal.sync(SyncSettings(), Status()).stop()


async def awaited(link: str) -> None:
    async with aio.open("gate.db") as journal:
        await journal.join_http(link, "gate")
        await journal.exchange_http()
        page = await journal.people(PeopleQuery(text="akhm"))
        await journal.perform(Action.CHECK_IN(subject=page.rows[0].subject, site="north", method=Method.SEARCH))
        async for shown in journal.watch(Watched.PEOPLE(query=PeopleQuery())):
            if isinstance(shown, Shown.PEOPLE):
                print(shown.page.total)
        async for status in journal.syncing():
            print(status.state)


asyncio.run(awaited("https://home.example/join"))
