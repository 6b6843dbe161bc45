//! `saxaul report across`: several events, every human being once.

use sync_core::ids::EventId;
use sync_core::view::{Account, Among, Dimension, EventView, count_across, is_funded_by};

use super::print::{Format, Printed, account, dimension, print, print_json};
use crate::commands::Failure;
use crate::reports;

/// Counts over several events.
#[derive(clap::Args)]
pub struct Across {
    /// Events [default: all that this device knows]
    #[arg(value_name = "EVENT")]
    events: Vec<EventId>,
    /// Only events that this grant pays for
    #[arg(long, value_name = "ID")]
    grant: Option<String>,
    /// Only those of this project of the grant
    #[arg(long, value_name = "ID", requires = "grant")]
    project: Option<String>,
    /// Ids of this register join people; may be repeated [default: ids of every register]
    #[arg(long = "register", value_name = "NAME")]
    registers: Vec<String>,
    /// By what [default: by event]
    #[arg(long, value_name = "DIMENSION", value_parser = dimension)]
    by: Option<Dimension>,
    #[command(flatten)]
    printed: Printed,
}

impl Across {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (args, format) = (&self.printed.args, self.printed.format);
        let events = if self.events.is_empty() { args.all_events()? } else { self.events.clone() };
        let mut read: Vec<(EventId, EventView, Account)> = Vec::new();
        for event in events {
            let office = args.open_other(event)?;
            let shown = office.replica.replica().shown();
            let grant = self.grant.as_deref();
            if grant.is_some_and(|grant| !is_funded_by(&shown.event, grant, self.project.as_deref())) {
                continue;
            }
            read.push((event, office.view().clone(), account(&office)));
        }
        let among: Vec<Among<'_>> = read.iter().map(|(id, view, account)| Among { id: *id, view, account }).collect();
        let registers = Some(self.registers.as_slice()).filter(|registers| !registers.is_empty());
        let counted = count_across(&among, registers);
        let parts = match self.by {
            None => &counted.events,
            Some(by) => {
                let breakdown = counted.breakdowns.iter().find(|breakdown| breakdown.dimension == by);
                breakdown.map_or(&counted.events, |breakdown| &breakdown.parts)
            }
        };
        if let Format::Json = format {
            return print_json(&counted);
        }
        let mut rows = reports::parts(parts);
        let mut total = reports::parts([&counted.total]);
        total.iter_mut().for_each(|total| total.key = "total".to_owned());
        rows.append(&mut total);
        eprintln!("note: people who are in several parts count once in the total, which is less than their sum");
        print(format, reports::PARTS, &rows)
    }
}
