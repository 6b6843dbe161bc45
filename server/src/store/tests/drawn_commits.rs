//! Commits drawn at random: all stores answer the same, and keep the same.

use proptest::prelude::*;

use super::*;

/// Something that is done to every store, drawn at random.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    a: u8,
    b: u8,
    at: i64,
}

impl Step {
    fn commit(self, subject: &Subject) -> Commit {
        let Self { what, a, b, at } = self;
        let (of, revision) = (event(a), subject.next_revision(event(a)));
        let batch = subject.batch(of);
        let noted = |verdict| {
            let act = Act::Released { event: of.to_string(), changes: Vec::new() };
            Some(Decided { changes: vec![ChangeHash([b; 32])], deed: deed(at), act, verdict })
        };
        match what {
            0 => create(a),
            1 => Commit::Batch(Batch { items: vec![item(b, revision), item(a, revision + 1)], ..batch }),
            2 => Commit::Batch(Batch {
                turn: Turn(batch.turn.0 + u64::from(b)),
                items: vec![item(b, revision)],
                ..batch
            }),
            3 => {
                let believed = vec![Believed { device: device(b), revocations: u64::from(a) }];
                Commit::Batch(Batch { believed, held: vec![held(b, at)], ..batch })
            }
            4 => Commit::Batch(Batch { held: vec![held(b, at)], ..batch }),
            5 => Commit::Batch(Batch { let_in: vec![ChangeHash([b; 32])], ..batch }),
            6 => Commit::Batch(Batch { decided: noted(Decision::Discard), ..batch }),
            7 => Commit::Batch(Batch { decided: noted(Decision::Release), ..batch }),
            8 => {
                let cloned = Cloned { hash: ChangeHash([b; 32]), change: change(b), at: UnixMillis(at) };
                Commit::Batch(Batch { cloned: vec![cloned], ..batch })
            }
            9 => {
                let (device, command) = (device(b), "add".to_owned());
                let performed = Performed { device, command, digest: [b; 32], revision: Revision(revision) };
                Commit::Batch(Batch { performed: Some(performed), ..batch })
            }
            10 => {
                let said = Said { device: device(b), incarnation: Incarnation([a; 8]), entries: revision };
                Commit::Batch(Batch { said: Some(said), ..batch })
            }
            11 => Commit::KeepSnapshot(Box::new(snapshot(of, u64::from(b) * 2))),
            12 => {
                let snapshot = snapshot(of, u64::from(b) * 2);
                let row = PartialSnapshotRow { reading: Reading([1; 8]), left_out: vec![device(b)], snapshot };
                Commit::KeepPartialSnapshot(Box::new(row))
            }
            13 => Commit::FoundAgain(Box::new(founded(of, batch.turn, revision))),
            14 => Commit::AddInvite { invite: Box::new(invite(a, 2)), deed: deed(at), may: Box::new(move |_| b > 0) },
            15 => Commit::AddFirstInvite { invite: Box::new(invite(a, 1)), deed: deed(at) },
            16 => Commit::WithdrawInvite { secret_hash: [a; 32], deed: deed(at) },
            17 | 18 => redeem(a, b, at),
            19 => revoke(b, at),
            20 => offer(a, b),
            21 | 22 => begin(a, b, at),
            23 => Commit::EndSession { session: [b; 8], deed: deed(at) },
            24 => Commit::NoteSeen { device: device(b), at: UnixMillis(at) },
            25 => Commit::WithdrawSignIn { secret_hash: [a; 32], deed: deed(at) },
            26 => {
                let (seen, due) = (UnixMillis(at), UnixMillis(at + 1));
                let notice = RetentionNotice { seen, ran_ms: 1, due, people: 2, recorded: 3 };
                Commit::KeepRetentionNotice { event: of, notice: (b > 0).then_some(notice) }
            }
            27 => Commit::ForgetRetentionNotices,
            28 => Commit::TrustClock(deed(at)),
            29 => Commit::KeepHomeKey(key(b).public()),
            30 => Commit::NoteOverwritten(i64::from(b)),
            _ => Commit::ChangeGrants {
                device: device(b),
                deed: Deed { by: Some(device(a)), at: UnixMillis(at), revocations: Some(0) },
                decide: Box::new(move |_| GrantsDecided {
                    grants: vec![NewGrant {
                        scope: Scope::Event(event(a)),
                        grant: grant(b, Scope::Event(event(a)), at),
                    }],
                    act: Some(Act::DeviceRenamed { device: device(b).to_string() }),
                }),
            },
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..32_u8, 0..3_u8, 0..3_u8, 1..1_000_i64).prop_map(|(what, a, b, at)| Step { what, a, b, at });
    // Most commits belong to an event.
    prop::collection::vec(step, 1..60)
        .prop_map(|steps| [Step { what: 0, a: 0, b: 0, at: 1 }].into_iter().chain(steps).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_stores_answer_the_same_to_the_same_commits(steps in steps()) {
        let all = Subject::all();
        for step in &steps {
            let [first, second] = all.each_ref().map(|subject| subject.says(step.commit(subject)));
            prop_assert_eq!(first, second, "{:?}", step);
        }
        let [first, second] = all.each_ref().map(Subject::everything);
        prop_assert_eq!(first, second);
        all.into_iter().for_each(|subject| subject.writer.close());
    }
}
