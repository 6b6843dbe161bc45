"""A person at the kiosk of samples/python: `python kiosk.py SAMPLE JOURNAL LINK BADGE`, where BADGE is that of A-2."""

import asyncio
import importlib.util
import sys

from textual.widgets import DataTable, Input, Static

SAMPLE, PATH, LINK, BADGE = sys.argv[1:]
loaded = importlib.util.spec_from_file_location("kiosk", SAMPLE)
kiosk = importlib.util.module_from_spec(loaded)
loaded.loader.exec_module(kiosk)


async def main():
    app = kiosk.Kiosk(PATH)
    async with app.run_test() as pilot:

        def line(name):
            return str(app.query_one("#" + name, Static).render())

        def rows():
            people = app.query_one("#people", DataTable)
            return [people.get_row_at(at) for at in range(people.row_count)]

        async def until(is_so):
            while not is_so():
                await pilot.pause()

        async def types(text):
            app.query_one("#typed", Input).value = text
            await pilot.press("enter")

        await until(lambda: "invite link" in line("said"))
        await types("this is no link")
        await until(lambda: "invite link" in line("said") and "Paste" not in line("said"))
        await types(LINK)
        await until(lambda: len(rows()) == 2)
        await until(lambda: line("sync").startswith("Exchanged at"))

        # Search, and in.
        app.query_one("#typed", Input).value = "akhm"
        await until(lambda: [row[0] for row in rows()] == ["A-1"])
        await pilot.press("enter")
        await until(lambda: line("said") == "In: Ахметова Айгерім")
        await until(lambda: any(row[0] == "A-1" and row[3] for row in rows()))

        # A badge is scanned: in, out, and that is taken back.
        for said in ("In: Серік Нұрлан", "Out: Серік Нұрлан"):
            await types(BADGE)
            await until(lambda: line("said") == said)
        await pilot.press("f8")
        await until(lambda: line("said") == "Taken back: check_out")
        await until(lambda: all(row[3] for row in rows()) and len(rows()) == 2)

        # One of several is chosen.
        await types("")
        await until(lambda: line("said") == "Choose one.")
        await pilot.press("enter")
        await until(lambda: line("said").startswith("Out: "))
        await pilot.press("f8")

        # A badge that was damaged lets nobody in.
        await types(BADGE[:-1] + ("A" if BADGE[-1] != "A" else "B"))
        await until(lambda: "badge" in line("said").lower())

        await until(lambda: line("unsafe") == "Everything is at home")
    print("the end")


asyncio.run(main())
