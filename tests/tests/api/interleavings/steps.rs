//! Drives requests through their steps in a given order, with the store's writer held in between.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use server::store::{Hold, Writer};
use tests::desk::{Desk, Reply};

/// A request that a test drives itself.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Begin(usize),
    Write(usize),
    End(usize),
}

/// Every order of the steps of so many requests in which jobs are written as they were handed over.
pub(super) fn orders(requests: usize) -> Vec<Vec<Step>> {
    fn go_on(stages: &mut [u8], begun: &mut Vec<usize>, so_far: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
        if stages.iter().all(|stage| *stage == 3) {
            all.push(so_far.clone());
        }
        for request in 0..stages.len() {
            let written = stages.iter().filter(|stage| **stage >= 2).count();
            let step = match stages[request] {
                0 => Step::Begin(request),
                1 if begun[written] == request => Step::Write(request),
                2 => Step::End(request),
                _ => continue,
            };
            if matches!(step, Step::Begin(_)) {
                begun.push(request);
            }
            stages[request] += 1;
            so_far.push(step);
            go_on(stages, begun, so_far, all);
            so_far.pop();
            stages[request] -= 1;
            if matches!(step, Step::Begin(_)) {
                begun.pop();
            }
        }
    }
    let mut all = Vec::new();
    go_on(&mut vec![0; requests], &mut Vec::new(), &mut Vec::new(), &mut all);
    all
}

/// The holds between the jobs that wait, and how many jobs these are.
struct Line {
    writer: Writer,
    holds: VecDeque<Hold>,
    jobs: usize,
}

impl Line {
    fn held(writer: Writer) -> Self {
        let holds = VecDeque::from([writer.hold().unwrap()]);
        holds[0].reach();
        Self { writer, holds, jobs: 0 }
    }

    fn has_jobs(&self) -> bool {
        self.writer.waiting() >= self.holds.len()
    }

    fn has_more_than_it_should(&self) -> bool {
        self.writer.waiting() > self.jobs + self.holds.len() - 1
    }

    /// Has the first job written, if there is one before the next hold.
    fn write_next(&mut self) {
        drop(self.holds.pop_front());
        self.holds[0].reach();
    }

    /// Has everything written that waits. The requests that are still to be written have been, then.
    fn write_all(&mut self) {
        let left = self.holds.len();
        let last = self.writer.hold().unwrap();
        self.holds.clear();
        last.reach();
        self.holds.push_back(last);
        self.holds.extend((1..left).map(|_| self.writer.hold().unwrap()));
        self.jobs = 0;
    }
}

/// A request that was polled so often without an answer waits for what is still held: a later job of its own, or a place
/// that another request has until it goes on.
const POLLS_BEFORE_OTHERS_GO_ON: u32 = 1_000;

fn go_on_with_what_has_begun(running: &mut [Running<'_>], replies: &mut [Option<Reply>], has_begun: &[bool]) {
    for ((request, reply), has_begun) in running.iter_mut().zip(replies).zip(has_begun) {
        if *has_begun && reply.is_none() {
            *reply = poll_once(request);
        }
    }
}

/// Drives requests in one order of their steps. Returns what was answered.
pub(super) fn drive(desk: &Desk, mut running: Vec<Running<'_>>, order: &[Step]) -> Vec<Reply> {
    let mut replies: Vec<Option<Reply>> = vec![None; running.len()];
    let (mut has_begun, mut has_job) = (vec![false; running.len()], vec![false; running.len()]);
    let _inside = desk.runtime().enter();
    let mut line = Line::held(desk.app().writer.clone());
    for step in order {
        match *step {
            // Until its job waits behind the hold, or it is answered without one, or waits for another request.
            Step::Begin(request) => {
                has_begun[request] = true;
                for _ in 0..POLLS_BEFORE_OTHERS_GO_ON {
                    if replies[request].is_some() || line.has_more_than_it_should() {
                        break;
                    }
                    replies[request] = poll_once(&mut running[request]);
                    std::thread::yield_now();
                }
                has_job[request] = replies[request].is_none() && line.has_more_than_it_should();
                line.jobs += usize::from(has_job[request]);
                line.holds.push_back(line.writer.hold().unwrap());
            }
            Step::Write(request) => {
                line.jobs = line.jobs.saturating_sub(usize::from(has_job[request]));
                line.write_next();
            }
            // An erasure and a report have more than one job: the later ones are written together with what waits. One that
            // came while another request began was counted as that one's.
            Step::End(request) => {
                for polled in 0_u32.. {
                    if replies[request].is_none() {
                        replies[request] = poll_once(&mut running[request]);
                    }
                    if replies[request].is_some() {
                        break;
                    }
                    let waits_for_others = polled > POLLS_BEFORE_OTHERS_GO_ON;
                    if waits_for_others {
                        go_on_with_what_has_begun(&mut running, &mut replies, &has_begun);
                    }
                    if line.has_more_than_it_should() || (waits_for_others && line.has_jobs()) {
                        line.write_all();
                    }
                    std::thread::yield_now();
                }
            }
        }
    }
    replies.into_iter().map(Option::unwrap).collect()
}

fn poll_once(future: &mut Running<'_>) -> Option<Reply> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(reply) => Some(reply),
        Poll::Pending => None,
    }
}
