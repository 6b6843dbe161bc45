//! Prints a plan: who is meant by code and name, and every value as it was and as it would be.

use sync_core::documents::roster::PersonEdit;
use sync_core::ids::Subject;
use sync_core::import::{Addition, Conflict, Doubt, ImportPlan, Line, Question, Refused, Update};
use sync_core::replica::Replica;
use sync_core::view::{EventView, project};

use crate::reports::attached::Attached;

/// Lines of one kind that are printed in full.
const SHOWN: usize = 50;

/// A plan that is printed.
pub(super) struct Printing<'a> {
    pub plan: &'a ImportPlan,
    pub replica: &'a Replica,
    /// Print also those who are added and those of whom nothing is new.
    pub all_lines: bool,
}

impl Printing<'_> {
    pub(super) fn print(&self, file: &str, notes: &[String]) {
        let plan = self.plan;
        let (added, updated, unchanged) = (plan.added.len(), plan.updated.len(), plan.unchanged.len());
        let (conflicts, refused) = (plan.conflicts.len(), plan.refused);
        let asked = match plan.questions.len() {
            0 => String::new(),
            count => format!(", {count} to decide"),
        };
        println!(
            "{file}: {added} to add, {updated} to update, {unchanged} unchanged, {conflicts} conflicts, {refused} refused{asked}"
        );
        notes.iter().for_each(|note| println!("  note: {note}"));
        plan.notes.iter().for_each(|note| println!("  note: {note}"));
        for column in &plan.ignored {
            println!("  note: {column} is not known and is left alone");
        }
        print_some("problems", plan.problems.iter().map(|problem| format!("  {problem}")));
        print_some("conflicts", plan.conflicts.iter().map(conflict_text));
        self.print_questions();
        if self.all_lines {
            self.print_lines();
        } else {
            print_some("updates; --lines prints all", plan.updated.iter().map(update_text));
        }
    }

    fn print_questions(&self) {
        if self.plan.questions.is_empty() {
            return;
        }
        let shown = self.replica.shown();
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        print_some("questions", self.plan.questions.iter().map(|question| self.question_text(question, &view)));
    }

    fn question_text(&self, question: &Question, view: &EventView) -> String {
        let rulings = &self.replica.shown().rulings;
        let attached = question.person.map(|person| Attached::to(Subject::Person(person), view, rulings));
        let attached = attached.map(|attached| format!("\n    on that record: {attached}")).unwrap_or_default();
        let which = if question.listed.code.is_empty() {
            format!("line:{}", question.line)
        } else {
            shell_word(&question.listed.code)
        };
        let way_out = match (question.decided, &question.doubt) {
            (Some(_), _) => "decided".to_owned(),
            (None, Doubt::Erased { .. }) => format!("--other {which} adds them; --same {which} leaves them out"),
            (None, _) => format!("--same {which}, or --other {which}; until then the row is left out"),
        };
        format!("  {question}{attached}\n    {way_out}")
    }

    fn print_lines(&self) {
        let plan = self.plan;
        let added = plan.added.iter().map(|one| (one.line, addition_text(one)));
        let updated = plan.updated.iter().map(|one| (one.line, update_text(one)));
        let unchanged =
            plan.unchanged.iter().map(|one| (one.line, format!("  {}: unchanged {}", Line(one.line), one.who)));
        let refused = plan.problems.iter().filter(|one| one.refused == Refused::Row);
        let refused = refused.map(|one| (one.line, format!("  {}: refused", Line(one.line))));
        let mut lines: Vec<(u64, String)> = added.chain(updated).chain(unchanged).chain(refused).collect();
        lines.sort();
        lines.dedup();
        lines.iter().for_each(|(_, text)| println!("{text}"));
    }
}

fn print_some(what: &str, texts: impl ExactSizeIterator<Item = String>) {
    let more = texts.len().saturating_sub(SHOWN);
    texts.take(SHOWN).for_each(|text| println!("{text}"));
    if more > 0 {
        println!("  … and {more} more {what}");
    }
}

fn addition_text(one: &Addition) -> String {
    let code = one.person.external_ids.first().map(|id| id.value.as_str()).unwrap_or_default();
    let name = one.person.names.first().map(ToString::to_string).unwrap_or_default();
    format!("  {}: add {code} {name}", Line(one.line))
}

fn update_text(one: &Update) -> String {
    let changes = one.edits.iter().zip(&one.before).map(|(now, before)| change_text(before, now));
    format!("  {}: update {}: {}", Line(one.line), one.who, changes.collect::<Vec<_>>().join("; "))
}

fn change_text(before: &PersonEdit, now: &PersonEdit) -> String {
    let value = |edit: &PersonEdit| Some(edit.to_string()).filter(|text| !text.is_empty());
    let (before, now) = (value(before).map(|text| format!("`{text}`")), (now.field(), now.to_string()));
    format!("{} {} → `{}`", now.0, before.as_deref().unwrap_or("nothing"), now.1)
}

fn conflict_text(conflict: &Conflict) -> String {
    let current: Vec<String> = conflict.current.iter().map(|current| format!("`{}`", current.value)).collect();
    let (line, who, column) = (Line(conflict.line), &conflict.who, &conflict.column);
    let file = conflict.file.to_string();
    let listed = if file.is_empty() { "nothing".to_owned() } else { format!("`{file}`") };
    format!(
        "  {line}, {column}, {who}: {} is {}, the list says {listed}: {}",
        conflict.file.field(),
        current.join(" or "),
        conflict.reason.words()
    )
}

/// A code as it is typed at a command line.
fn shell_word(code: &str) -> String {
    let is_plain = code.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    if is_plain { code.to_owned() } else { format!("\"{code}\"") }
}
