//! `saxaul node`.

use sync_core::ids::NodeId;

use super::{Failure, JournalArgs};
use crate::clock::entropy;
use crate::print::OneLine;
use crate::tree::NodeKind;
use crate::wire::AddNode;

/// Adds and lists offices, regions and organisations.
#[derive(clap::Subcommand)]
pub enum Node {
    /// Add an office, a region or an organisation: prints its id
    Add(Add),
    /// List those within this device's rights
    List(List),
}

/// `saxaul node add`: adds an office, a region or an organisation.
#[derive(clap::Args)]
pub struct Add {
    /// What people call it
    #[arg(value_name = "NAME")]
    name: String,
    /// The kind of the node
    #[arg(long, value_parser = ["national", "region", "organisation"])]
    kind: String,
    /// The node above it: a national office, or a region
    #[arg(long, value_name = "ID")]
    under: Option<NodeId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// `saxaul node list`: the nodes within one's rights.
#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    journal: JournalArgs,
}

impl Node {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::List(list) => list.run(),
        }
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let node = NodeId(entropy());
        let kind = NodeKind::of_key(&self.kind).expect("the command line knows the kinds");
        let parent = self.under.map(|parent| parent.to_string());
        let body = AddNode { node: node.to_string(), kind, name: self.name.clone(), parent };
        self.journal.signed_in(&self.journal.open()?)?.add_node(&body)?;
        println!("{node}  {}", self.name);
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let nodes = self.journal.signed_in(&self.journal.open()?)?.nodes()?;
        if nodes.is_empty() {
            println!("No offices yet. Add one with `saxaul node add NAME --kind national`.");
        }
        for node in nodes {
            let under = node.parent.map(|parent| format!("  under {parent}")).unwrap_or_default();
            println!("{}  {:<12}  {}{under}", node.node, node.kind.key(), OneLine(&node.name));
        }
        Ok(())
    }
}
