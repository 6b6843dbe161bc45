//! What the path and the query of a request name.

use std::collections::HashMap;
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Parameter, ParameterSchemaOrContent, QueryStyle, SchemaObject};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use clap::ValueEnum;
use schemars::{JsonSchema, Schema, json_schema};
use serde::de::DeserializeOwned;
use sync_core::ids::{DeviceId, EventId, Subject};

use super::described::{add_problems, path_parameter};
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::reports::Export;

/// A parameter of the path as it stands there; what cannot be read is like what is not there.
pub(super) async fn named(parts: &mut Parts, name: &str, unknown: Problem) -> Result<String, Problem> {
    let Path(all) = Path::<HashMap<String, String>>::from_request_parts(parts, &()).await.map_err(|_| unknown)?;
    all.get(name).cloned().ok_or(unknown)
}

macro_rules! named_in_path {
    ($($(#[$doc:meta])* $type:ident($id:ty) is $name:literal $pattern:expr, else $unknown:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $type(pub $id);

        impl FromRequestParts<Arc<App>> for $type {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
                let text = named(parts, $name, Problem::$unknown).await?;
                text.parse().map(Self).map_err(|_| Problem::$unknown)
            }
        }

        impl OperationInput for $type {
            fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
                path_parameter(ctx, operation, $name, json_schema!({ "type": "string", "pattern": $pattern }));
                add_problems(ctx, operation, &[Problem::$unknown]);
            }
        }
    )+};
}

named_in_path! {
    /// The id of an event in the path.
    EventInPath(EventId) is "event" "^[0-9a-f]{32}$", else UNKNOWN_EVENT;
    /// The id of a device in the path.
    DeviceInPath(DeviceId) is "device" "^[0-9a-f]{32}$", else UNKNOWN_DEVICE;
    /// A session with a browser.
    SessionInPath(String) is "session" "^[0-9a-f]{16}$", else UNKNOWN_SESSION;
    /// Somebody on the roster, or registered at a gate.
    SubjectInPath(Subject) is "person" "^[0-9a-f]{16}$", else UNKNOWN_SUBJECT;
    /// Another one, where two are held against each other.
    OtherInPath(Subject) is "other" "^[0-9a-f]{16}$", else UNKNOWN_SUBJECT;
    /// The name of a report in the path.
    ReportInPath(Export) is "report" one_of_exports(), else UNKNOWN_REPORT;
    /// The number of a published report.
    PublicationInPath(u32) is "number" "^[1-9][0-9]{0,8}$", else UNKNOWN_PUBLICATION;
    /// The code of a letter.
    LetterInPath(String) is "letter" "^[0-9A-HJKMNP-TV-Z]{1,400}$", else NOT_GENUINE;
    /// The plan of an import.
    PlanInPath(String) is "plan" "^[0-9a-f]{32}$", else UNKNOWN_PLAN;
    /// A link to sign in, by its public id.
    SignInInPath(String) is "link" "^[0-9a-f]{16}$", else UNKNOWN_SIGN_IN;
    /// The id of a job in the path.
    JobInPath(String) is "job" "^[0-9a-f]{32}$", else UNKNOWN_JOB;
    /// An invite, by its public id.
    InviteInPath(String) is "invite" "^[0-9a-f]{16}$", else UNKNOWN_INVITE;
}

/// Matches the name of each export, and nothing else.
fn one_of_exports() -> String {
    let names: Vec<&str> = Export::value_variants().iter().map(|export| export.key()).collect();
    format!("^({})$", names.join("|"))
}

/// A parameter of the query is no longer than this, as a cell of a list is.
const PARAMETER_LIMIT_CHARS: usize = 500;
/// So much is shown of the name of a parameter that nobody knows.
const PARAMETER_NAME_SHOWN_CHARS: usize = 40;
/// Those that may be longer: a cursor holds the names after which a page begins, and `columns` says what each column is.
const LONGER: [(&str, usize); 2] = [("after", 8000), ("columns", 4000)];

/// How long a parameter of the query may be, in characters.
fn limit_chars(parameter: &str) -> usize {
    let longer = LONGER.iter().find(|(name, _)| *name == parameter);
    longer.map_or(PARAMETER_LIMIT_CHARS, |(_, limit)| *limit)
}

/// The parameters of the query; a problem names the one that is too long or cannot be read.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Asked<T> {
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Denial> {
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let limit = limit_chars(&name);
            if value.chars().nth(limit).is_some() {
                let name: String = name.chars().take(PARAMETER_NAME_SHOWN_CHARS).collect();
                return Err(Denial::of_field(Problem::BAD_FIELD, &name, format!("{limit} characters at the most")));
            }
        }
        let read = Query::<T>::from_request_parts(parts, &()).await;
        read.map(|Query(asked)| Self(asked)).map_err(|rejection| refusal(&rejection))
    }
}

/// The library says `…: field: why`.
fn refusal(rejection: &QueryRejection) -> Denial {
    let text = rejection.body_text();
    let said = text.split_once(": ").map_or(text.as_str(), |(_, said)| said);
    match said.split_once(": ") {
        Some((field, why)) => Denial::of_field(Problem::BAD_FIELD, field, why),
        None => Denial::of_field(Problem::BAD_FIELD, "query", said),
    }
}

impl<T: JsonSchema> OperationInput for Asked<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        query_parameters::<T>(ctx, operation);
        add_problems(ctx, operation, &[Problem::BAD_FIELD, Problem::BAD_CURSOR]);
    }
}

/// Describes the parameters of the query by the fields of a type.
fn query_parameters<T: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation) {
    let schema = ctx.schema.subschema_for::<T>();
    let mut parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    for parameter in &mut parameters {
        if let Parameter::Query { style, parameter_data, .. } = parameter {
            *style = QueryStyle::Form;
            if let ParameterSchemaOrContent::Schema(SchemaObject { json_schema, .. }) = &mut parameter_data.format
                && is_text(json_schema)
            {
                json_schema.insert("maxLength".to_owned(), limit_chars(&parameter_data.name).into());
                if parameter_data.name == "after" {
                    json_schema.insert("pattern".to_owned(), "^[A-Za-z0-9_-]*$".into());
                }
            }
        }
    }
    add_parameters(ctx, operation, parameters);
}

fn is_text(schema: &Schema) -> bool {
    let is_string = |kind: &serde_json::Value| kind == "string";
    schema
        .get("type")
        .is_some_and(|kind| is_string(kind) || kind.as_array().is_some_and(|all| all.iter().any(is_string)))
}
