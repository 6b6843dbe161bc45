//! What lies between a phone and home: it loses, repeats, keeps and brings back.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;

use server::api::exchange::MEDIA_TYPE;
use server::client::{Answer, Call, Carrier};
use sync_core::exchange::{Receipt, Request, Response, Verdict, read_message, write_message};

use super::disk::Image;
use super::home::{Home, Sent};
use super::promises;
use super::radio::{Broke, Radio};
use crate::chance::Chance;

/// What becomes of one page of an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives, and so does the answer.
    Arrives,
    /// The message is lost on its way.
    IsLost,
    /// Home acts on it, and the answer is lost.
    LosesItsAnswer,
    /// It arrives twice; the phone hears the first answer.
    ArrivesTwice,
    /// It arrives twice; the phone hears the second answer.
    ArrivesTwiceAndTheLastIsHeard,
    /// The answer arrives, and the phone loses its power before a byte of it is written.
    FindsThePhoneDead,
    /// The power fails at home before it arrives.
    FindsHomeDead,
    /// Home acts on it, and its power fails before the answer leaves.
    KillsHome,
    /// Home takes it, and its power fails before anything of it is kept. Only a home in memory can be stopped there.
    KillsHomeBeforeItKeeps,
    /// It arrives, and somebody on the way says with the answer that home was restored and gives nothing.
    IsSaidToBeForgotten,
    /// It arrives, and somebody on the way says with the answer that home lets everything wait for an organizer.
    IsSaidToWait,
}

/// Faults that a bad link draws from.
const FAULTS: [Fate; 6] = [
    Fate::IsLost,
    Fate::LosesItsAnswer,
    Fate::LosesItsAnswer,
    Fate::ArrivesTwice,
    Fate::ArrivesTwiceAndTheLastIsHeard,
    Fate::FindsHomeDead,
];

/// The way from one phone to home.
pub(super) struct Way {
    pub is_cut: bool,
    /// One page in so many meets a fault.
    pub faults_one_in: Option<u64>,
    /// What becomes of the next pages.
    pub fates: VecDeque<Fate>,
    /// After so many pages the link is cut.
    pub pages_left: Option<u32>,
    /// Pages are no larger than this.
    pub want_bytes: Option<u32>,
    /// How slow and lossy the link is; `None` carries everything at once.
    pub radio: Option<Radio>,
    /// How long calls were on their way since somebody asked.
    pub took_ms: u64,
    /// Old requests that may arrive again.
    pub recorded: VecDeque<Sent>,
    /// What the phone's disk held when its power failed.
    pub left_on_disk: Option<Image>,
    /// Who sits on the way and says something else than was said.
    pub liar: Liar,
    disk: PathBuf,
    token: Option<String>,
}

/// Somebody on the way who can read and write messages, and has nobody's key but perhaps its own.
#[derive(Default)]
pub(super) struct Liar {
    pub requests: Option<Alter<Request>>,
    pub answers: Option<Alter<Response>>,
}

type Alter<M> = Box<dyn FnMut(&mut M)>;

impl Liar {
    fn alter_request(&mut self, sent: &mut Sent) {
        if let Some(alter) = &mut self.requests {
            let mut request: Request = read_message(&sent.body).unwrap();
            alter(&mut request);
            sent.body = write_message(&request);
        }
    }

    fn alter_answer(&mut self, answer: Answer) -> Answer {
        match &mut self.answers {
            Some(alter) => altered(answer, alter),
            None => answer,
        }
    }
}

fn altered(mut answer: Answer, alter: impl FnOnce(&mut Response)) -> Answer {
    if let Ok(mut response) = read_message(&answer.body) {
        alter(&mut response);
        answer.body = write_message(&response);
    }
    answer
}

impl Way {
    pub fn from(disk: PathBuf) -> Self {
        Self {
            is_cut: false,
            faults_one_in: None,
            fates: VecDeque::new(),
            pages_left: None,
            want_bytes: None,
            radio: None,
            took_ms: 0,
            recorded: VecDeque::new(),
            left_on_disk: None,
            liar: Liar::default(),
            disk,
            token: None,
        }
    }

    pub fn heal(&mut self) {
        self.is_cut = false;
        self.faults_one_in = None;
        self.fates.clear();
        self.pages_left = None;
        self.want_bytes = None;
        self.radio = None;
        self.liar = Liar::default();
    }

    fn next_fate(&mut self, chance: &mut Chance) -> Fate {
        match (self.fates.pop_front(), self.faults_one_in) {
            (Some(fate), _) => fate,
            (None, Some(odds)) if chance.one_in(odds) => chance.pick(&FAULTS),
            _ => Fate::Arrives,
        }
    }

    fn record(&mut self, sent: &Sent) {
        self.recorded.push_back(sent.clone());
        if self.recorded.len() > 8 {
            self.recorded.pop_front();
        }
    }
}

/// All ways, and the home at their end.
pub(super) struct Network {
    pub home: Home,
    pub ways: Vec<Way>,
    pub chance: Chance,
}

/// One phone's end of the network.
pub(super) struct Link {
    pub network: Rc<RefCell<Network>>,
    pub phone: usize,
}

impl Carrier for Link {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        self.network.borrow_mut().carry(self.phone, Sent::from(call))
    }
}

impl Network {
    /// Carries one request from a phone to home, and the answer back, as fast as the link does.
    pub fn carry(&mut self, phone: usize, sent: Sent) -> Result<Answer, String> {
        self.takes_its_time(phone, sent.body.len()).map_err(|Broke| "the link broke on the way there".to_owned())?;
        let answer = self.carry_at_once(phone, sent)?;
        self.takes_its_time(phone, answer.body.len()).map_err(|Broke| "the link broke on the way back".to_owned())?;
        Ok(answer)
    }

    fn takes_its_time(&mut self, phone: usize, bytes: usize) -> Result<(), Broke> {
        let Self { ways, chance, .. } = self;
        let way = &mut ways[phone];
        let Some(radio) = way.radio else { return Ok(()) };
        let took_ms = radio.carries(bytes, chance);
        way.took_ms += took_ms.as_ref().copied().unwrap_or(radio.up_for_ms);
        took_ms.map(drop)
    }

    fn carry_at_once(&mut self, phone: usize, mut sent: Sent) -> Result<Answer, String> {
        let Self { home, ways, chance } = self;
        let way = &mut ways[phone];
        if way.is_cut {
            return Err("the link is cut".to_owned());
        }
        if sent.content_type != MEDIA_TYPE {
            return Ok(home.answer(&sent));
        }
        if way.pages_left == Some(0) {
            way.is_cut = true;
            return Err("the link broke off".to_owned());
        }
        way.pages_left = way.pages_left.map(|pages| pages - 1);
        if let Some(want_bytes) = way.want_bytes {
            let request: Request = read_message(&sent.body).unwrap();
            sent.body = write_message(&Request { want_bytes, ..request });
        }
        way.liar.alter_request(&mut sent);
        way.record(&sent);
        promises::note_sent(&way.disk, &sent);
        match way.next_fate(chance) {
            Fate::Arrives => {
                let answer = way.hear(home.answer(&sent));
                Ok(way.liar.alter_answer(answer))
            }
            Fate::IsLost => Err("the request was lost".to_owned()),
            Fate::LosesItsAnswer => {
                way.hear(home.answer(&sent));
                Err("the answer was lost".to_owned())
            }
            Fate::ArrivesTwice => {
                let first = way.hear(home.answer(&sent));
                home.answer(&sent);
                Ok(first)
            }
            Fate::ArrivesTwiceAndTheLastIsHeard => {
                way.hear(home.answer(&sent));
                Ok(home.answer(&sent))
            }
            Fate::FindsThePhoneDead => {
                let answer = way.hear(home.answer(&sent));
                way.left_on_disk = Some(Image::left_by_a_power_cut(&way.disk));
                way.is_cut = true;
                Ok(answer)
            }
            Fate::FindsHomeDead => {
                home.crash();
                Err("home is down".to_owned())
            }
            Fate::IsSaidToBeForgotten => Ok(altered(way.hear(home.answer(&sent)), |response| {
                *response =
                    Response { receipts: std::mem::take(&mut response.receipts), rewound: true, ..Response::default() };
            })),
            Fate::IsSaidToWait => Ok(altered(way.hear(home.answer(&sent)), |response| {
                response.receipts.fill(Receipt::plain(Verdict::Held));
            })),
            Fate::KillsHome => {
                home.answer(&sent);
                home.crash();
                Err("home went down".to_owned())
            }
            Fate::KillsHomeBeforeItKeeps => {
                home.takes_and_crashes(&sent);
                Err("home went down".to_owned())
            }
        }
    }

    /// An old request of a phone, which somebody on the way kept, arrives again.
    pub fn bring_back(&mut self, phone: usize, which: usize) {
        let way = &self.ways[phone];
        let Some(mut sent) = way.recorded.get(which).cloned() else { return };
        if let Some(token) = &way.token {
            sent.authorization = Some(format!("Bearer {token}"));
        }
        self.home.answer(&sent);
    }
}

impl Way {
    fn hear(&mut self, answer: Answer) -> Answer {
        if let Some(token) = &answer.token {
            self.token = Some(token.clone());
        }
        answer
    }
}
