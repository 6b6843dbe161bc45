// Whole lists, page by page.

import type { PeopleQuery, PersonRow } from "../journal";
import { session } from "./session.svelte";

/** The journal gives no larger page. */
const PAGE = 200;

/** Everybody whom a query finds. For teams, not for events. */
export async function everybody(query: PeopleQuery): Promise<PersonRow[]> {
    const rows: PersonRow[] = [];
    for (;;) {
        const page = await session.journal.people({ ...query, offset: rows.length, limit: PAGE });
        rows.push(...page.rows);
        if (page.rows.length === 0 || rows.length >= page.total) return rows;
    }
}
