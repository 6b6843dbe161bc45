//! How extractors and answers describe themselves, so that the API's document follows from what handlers take and
//! give back.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, ReferenceOr, Response,
    SchemaObject, StatusCode as Status,
};
use aide::operation::add_parameters;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response as HttpResponse};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

use super::problem_details::{PROBLEM_TYPE, ProblemBody, status_of};
use crate::error::{Denial, Problem};

/// The name under which the document keeps how devices prove who they are.
pub const BEARER: &str = "token";

/// A body of one media type.
pub fn content(media_type: &str, schema: Schema) -> IndexMap<String, MediaType> {
    let schema = SchemaObject { json_schema: schema, example: None, external_docs: None };
    IndexMap::from([(media_type.to_owned(), MediaType { schema: Some(schema), ..MediaType::default() })])
}

/// Says that an operation may end with these problems.
pub fn add_problems(ctx: &mut GenContext, operation: &mut Operation, problems: &[Problem]) {
    let schema = ctx.schema.subschema_for::<ProblemBody<'static>>();
    let responses = operation.responses.get_or_insert_default();
    for problem in problems {
        let line = format!("`{}`: {}", problem.code, problem.detail);
        let known = responses.responses.entry(Status::Code(status_of(problem.kind).as_u16())).or_insert_with(|| {
            let content = content(PROBLEM_TYPE, schema.clone());
            ReferenceOr::Item(Response { content, ..Response::default() })
        });
        if let ReferenceOr::Item(response) = known
            && !response.description.contains(&line)
        {
            let separator = if response.description.is_empty() { "" } else { "\n\n" };
            response.description = format!("{}{separator}{line}", response.description);
        }
    }
}

/// The answer of a success, described by the type of its body.
pub fn success<T: JsonSchema>(ctx: &mut GenContext, status: StatusCode) -> (Option<u16>, Response) {
    let schema = ctx.schema.subschema_for::<T>();
    let described = ctx.resolve_schema(&schema).get("description").and_then(|text| text.as_str()).map(str::to_owned);
    let description = described.unwrap_or_else(|| "Done.".to_owned());
    let response = Response { description, content: content("application/json", schema), ..Response::default() };
    (Some(status.as_u16()), response)
}

/// The answer of a success that says nothing more.
pub fn empty(status: StatusCode, description: &str) -> (Option<u16>, Response) {
    (Some(status.as_u16()), Response { description: description.to_owned(), ..Response::default() })
}

/// What may go wrong with any call.
const ALWAYS: &[Problem] = &[Problem::TIMEOUT, Problem::INTERNAL, Problem::BUSY, Problem::FULL];

impl OperationOutput for Problem {
    type Inner = Self;

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        add_problems(ctx, operation, ALWAYS);
        Vec::new()
    }
}

impl OperationOutput for Denial {
    type Inner = Self;

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Problem::inferred_responses(ctx, operation)
    }
}

/// Bytes that are no JSON.
pub fn binary() -> Schema {
    json_schema!({ "type": "string", "format": "binary" })
}

/// Something was made: 201 with what it is.
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> HttpResponse {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![success::<T>(ctx, StatusCode::CREATED)]
    }
}

/// Something is there: 201 if it was made just now, 200 if it was there before.
pub enum Placed {
    /// It was made by this request: 201.
    Now,
    /// It was there before: 200.
    Before,
}

impl IntoResponse for Placed {
    fn into_response(self) -> HttpResponse {
        match self {
            Self::Now => StatusCode::CREATED.into_response(),
            Self::Before => StatusCode::OK.into_response(),
        }
    }
}

impl OperationOutput for Placed {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![empty(StatusCode::CREATED, "It was made."), empty(StatusCode::OK, "It was there.")]
    }
}

/// Describes a parameter of the path.
pub fn path_parameter(ctx: &mut GenContext, operation: &mut Operation, name: &str, schema: Schema) {
    let parameter_data = parameter(name, schema, true);
    add_parameters(ctx, operation, [Parameter::Path { parameter_data, style: PathStyle::Simple }]);
}

/// Describes a header of the request.
pub fn header_parameter(ctx: &mut GenContext, operation: &mut Operation, name: &str, schema: Schema, required: bool) {
    let parameter_data = parameter(name, schema, required);
    let style = aide::openapi::HeaderStyle::Simple;
    add_parameters(ctx, operation, [Parameter::Header { parameter_data, style }]);
}

fn parameter(name: &str, schema: Schema, required: bool) -> ParameterData {
    let description = schema.get("description").and_then(|text| text.as_str()).map(str::to_owned);
    ParameterData {
        name: name.to_owned(),
        description,
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema: schema,
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: IndexMap::default(),
        explode: None,
        extensions: IndexMap::default(),
    }
}
