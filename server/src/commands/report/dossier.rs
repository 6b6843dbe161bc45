//! `saxaul report dossier`: «Волонтёр года».

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use sync_core::documents::event::EventInfo;
use sync_core::ids::{DeviceId, EventId};
use sync_core::view::{AwardsQuery, AwardsRecord, Basis, Published, ReportError, Sources, dossier, view_as_published};
use sync_core::words::Language;

use super::{language, write_file};
use crate::commands::Failure;
use crate::commands::office::{EventArgs, Office, date};
use crate::reports::{self, DOSSIER_FORMATS, DossierMaterial, Format};

/// Shortlists people by verified hours, with what these rest on.
#[derive(clap::Args)]
pub struct Dossier {
    /// Events [default: all that this device knows]
    #[arg(value_name = "EVENT")]
    events: Vec<EventId>,
    /// The first day that counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Date>,
    /// The last day that counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<Date>,
    /// Leave out whoever has fewer verified hours
    #[arg(long, value_name = "HOURS", conflicts_with = "at_least_s")]
    at_least_hours: Option<u32>,
    /// The same in seconds
    #[arg(long, value_name = "SECONDS")]
    at_least_s: Option<u64>,
    /// Shortlist so many; more, if the last of them have equal hours
    #[arg(long, value_name = "PEOPLE", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    most: u32,
    /// Ids of this register join people; may be repeated [default: ids of every register]
    #[arg(long = "register", value_name = "NAME")]
    registers: Vec<String>,
    /// As the newest published report of each event has it, and not as it is known now
    #[arg(long)]
    published: bool,
    /// As this published report has it: 1 for v1, of one event
    #[arg(long, value_name = "NUMBER", conflicts_with = "published")]
    revision: Option<u32>,
    /// The format of the dossier
    #[arg(long, value_enum, default_value_t = DOSSIER_FORMATS[0])]
    format: Format,
    /// The language of XLSX and PDF: kk, ru or en
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    args: EventArgs,
}

impl Dossier {
    pub(super) fn run(self) -> Result<(), Failure> {
        let events = if self.events.is_empty() { self.args.all_events()? } else { self.events.clone() };
        if self.revision.is_some() && events.len() != 1 {
            return Err(Failure::BadInput("--revision is of one event: name it".to_owned()));
        }
        let (mut records, mut infos, mut devices) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for event in events {
            let office = self.args.open_other(event)?;
            let ledger = office.replica.replica().ledger();
            devices.extend(ledger.grants().map(|(device, grant)| (*device, grant.name.clone())));
            let (record, info) = self.read(&office, event)?;
            records.push(record);
            infos.insert(event, info);
        }
        self.write(&records, &infos, &devices)
    }

    fn write(
        &self,
        records: &[AwardsRecord],
        events: &BTreeMap<EventId, EventInfo>,
        devices: &BTreeMap<DeviceId, String>,
    ) -> Result<(), Failure> {
        let at_least_s = self.at_least_s.or(self.at_least_hours.map(|hours| u64::from(hours) * 3600));
        let query = AwardsQuery {
            from: self.from,
            until: self.until,
            at_least_ms: at_least_s.unwrap_or_default().saturating_mul(1000),
            most: self.most as usize,
            registers: Some(self.registers.clone()).filter(|registers| !registers.is_empty()),
        };
        let dossier = dossier(query, records);
        for one in &dossier.excluded {
            eprintln!(
                "note: {} is left out: something said of them is still open",
                reports::name_on_paper(&one.who.names)
            );
        }
        let material = DossierMaterial { dossier: &dossier, events, devices };
        let exported = reports::write_dossier(&material, self.format, self.lang)?;
        write_file(self.out.as_deref(), &exported.bytes, self.format)
    }

    /// The evidence of one event, in the state that is asked for.
    fn read(&self, office: &Office<'_>, event: EventId) -> Result<(AwardsRecord, EventInfo), Failure> {
        let documents = office.replica.replica().ledger().documents();
        let Some(published) = self.report(office)? else {
            let info = documents.info().clone();
            let sources = Sources {
                event: &info,
                roster: documents.roster(),
                logs: documents.logs().collect(),
                rulings: documents.rulings(),
            };
            return Ok((AwardsRecord::of(event, Basis::now(documents), &sources), info));
        };
        view_as_published(documents, published)?;
        let past = documents.as_published(&published.publication).map_err(ReportError::from)?;
        let (roster, rulings) = (&past.roster, &past.rulings);
        let sources = Sources { event: &past.event, roster, logs: past.logs.iter().collect(), rulings };
        let record = AwardsRecord::of(event, Basis::published(&published.publication), &sources);
        Ok((record, past.event.clone()))
    }

    /// The published report that is asked for; `None` for what is known now.
    fn report<'a>(&self, office: &'a Office<'_>) -> Result<Option<&'a Published>, Failure> {
        let all = &office.view().publications;
        let found = match self.revision {
            Some(number) => all.iter().rfind(|one| one.publication.number == number),
            None if self.published => all.last(),
            None => return Ok(None),
        };
        let found = found.ok_or_else(|| Failure::BadInput("no such report was published".to_owned()));
        found.map(Some)
    }
}
