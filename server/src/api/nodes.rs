//! The tree of offices, regions and organisations.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sync_core::ids::{EventId, NodeId};
use sync_core::trust::{Role, Scope};

use super::body::Body;
use super::callers::Caller;
use super::described::Placed;
use super::enrol::short_name;
use crate::app::App;
use crate::error::Problem;
use crate::store::tree::NodeRow;
use crate::wire::{AddNode, Nodes};

/// `POST /v1/nodes`, for organizers of what stands above it. Repeating it is harmless.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::BAD_BODY`].
pub async fn add(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Body(body): Body<AddNode>,
) -> Result<Placed, Problem> {
    let id: NodeId = body.node.parse().map_err(|_| Problem::BAD_BODY)?;
    let (kind, name) = (body.kind, short_name(&body.name)?);
    let above = app.scope_of(None, body.parent.as_deref())?;
    app.auth.require(&caller, &above, Role::Organizer)?;
    let parent = above.node();
    if let Some(parent) = parent.and_then(|parent| app.auth.tree().node(parent))
        && parent.kind >= kind
    {
        return Err(Problem::BAD_BODY);
    }
    let row = NodeRow { node: id, kind: kind.key().to_owned(), name, parent };
    let is_new = app.writer.add_node(row, app.deed_of(&caller)).await?;
    app.auth.follow().await?;
    Ok(if is_new { Placed::Now } else { Placed::Before })
}

/// `GET /v1/nodes`: those within the caller's rights.
///
/// # Errors
/// None of its own.
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Nodes>, Problem> {
    let nodes = app.auth.tree().nodes_within(&caller.rights.scopes_of(Role::Marker)).into_iter().map(|node| AddNode {
        node: node.id.to_string(),
        kind: node.kind,
        name: node.name,
        parent: node.parent.map(|parent| parent.to_string()),
    });
    Ok(Json(Nodes { nodes: nodes.collect() }))
}

impl App {
    /// What is meant by the event or the node of a request: everything, if it names neither.
    ///
    /// # Errors
    /// [`Problem::BAD_BODY`] if it names both; [`Problem::UNKNOWN_EVENT`], or [`Problem::FORBIDDEN`] for a node that is
    /// not there: nobody learns which are.
    pub(crate) fn scope_of(&self, event: Option<&str>, node: Option<&str>) -> Result<Scope, Problem> {
        match (event, node) {
            (None, None) => Ok(Scope::Home),
            (Some(event), None) => event.parse::<EventId>().map(Scope::Event).map_err(|_| Problem::UNKNOWN_EVENT),
            (None, Some(node)) => {
                let node: NodeId = node.parse().map_err(|_| Problem::FORBIDDEN)?;
                self.auth.tree().node(node).map(|node| Scope::Node(node.id)).ok_or(Problem::FORBIDDEN)
            }
            (Some(_), Some(_)) => Err(Problem::BAD_BODY),
        }
    }
}
