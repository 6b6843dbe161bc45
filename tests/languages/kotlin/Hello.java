// A gate in Java: everything that an app needs can be called.

import saxaul.Action;
import saxaul.ClockReading;
import saxaul.Known;
import saxaul.Listener;
import saxaul.Method;
import saxaul.Name;
import saxaul.PeoplePage;
import saxaul.PeopleQuery;
import saxaul.PresenceFilter;
import saxaul.RecordRow;
import saxaul.RecordState;
import saxaul.Saxaul;
import saxaul.SaxaulException;
import saxaul.SaxaulFunctions;
import saxaul.SyncSettings;

class Hello {
    public static void main(String[] args) throws SaxaulException {
        try (Saxaul journal = Saxaul.open(args[0])) {
            journal.observe(changes -> {});
            String person = SaxaulFunctions.newPersonId();
            RecordRow row = journal.perform(new Action.AddPerson(person, new Known(new Name("Ann"))), null);
            if (row.getState() != RecordState.SavedHere.INSTANCE) throw new AssertionError(row);
            PeoplePage all = journal.people(new PeopleQuery());
            PeopleQuery inside = new PeopleQuery("ann", null, PresenceFilter.Inside.INSTANCE, false, 0, 20);
            if (all.getTotal() != 1 || journal.people(inside).getTotal() != 0) throw new AssertionError(all);
            ClockReading now = SaxaulFunctions.clocks();
            ClockReading later = new ClockReading(now.getBoot(), now.getMonoMs() + 1, now.getWallMs() + 1);
            journal.perform(new Action.EditPerson(person, "phone", "+7"), later);
            new SyncSettings(null, 60_000L);
            try {
                journal.perform(new Action.CheckIn(person, "nowhere", Method.SEARCH), null);
                throw new AssertionError("it was not refused");
            } catch (SaxaulException.Refused refused) {
                System.out.println(journal.headcounts() + " " + refused.getCode());
            }
        }
    }
}
