//! One method, in either form.

use syn::{PatType, Safety, Signature, TraitItemFn};

use super::options::Options;
use super::{args, attrs, context, reply};
use crate::errors::Errors;
use crate::model::{Arg, Execution, Method, Reply, Since, Timeout, WireName};
use crate::signature::{self, wire_name};

/// Understands a method.
///
/// `None` if nothing like it could be called. A method that breaks a rule and can be called all the
/// same is returned, so that the rules for the whole service see it, and so does the fallback
/// expansion.
pub(super) fn parse(
    declaration: &TraitItemFn,
    is_tarpc: bool,
    errors: &mut Errors,
) -> Option<Method> {
    let options = Options::parse(&declaration.attrs, is_tarpc, errors);
    let sig = &declaration.sig;
    let is_concrete = qualifiers(sig, errors);
    let parts = if is_tarpc {
        tarpc_parts(declaration, errors)
    } else {
        shared_parts(declaration, &options, errors)
    };
    let parts = parts.filter(|_| is_concrete)?;
    Some(assemble(declaration, options, parts))
}

/// What the two forms have in different places.
struct Parts {
    context: proc_macro2::Span,
    args: Vec<Arg>,
    reply: Reply,
    execution: Execution,
}

/// Rejects what can stand around a signature but means nothing for a call; returns whether the
/// signature can be repeated elsewhere.
fn qualifiers(sig: &Signature, errors: &mut Errors) -> bool {
    let method = &sig.ident;
    if let Some(constness) = &sig.constness {
        errors.at(
            constness,
            format!("method `{method}` cannot be `const`: it runs in another process"),
        );
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        errors.at(
            unsafety,
            format!("method `{method}` cannot be `unsafe`: peers promise nothing"),
        );
    }
    if let Safety::Safe(safe) = &sig.safety {
        errors.at(
            safe,
            format!("method `{method}` cannot be `safe`: only foreign functions are"),
        );
    }
    if let Some(abi) = &sig.abi {
        errors.at(
            abi,
            format!("method `{method}` cannot be `extern`: it is called through a peer"),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(
            variadic,
            format!("method `{method}` cannot be variadic; take a `Vec`"),
        );
    }
    if !sig.generics.params.is_empty() {
        errors.at(
            &sig.generics.params,
            format!(
                "method `{method}` cannot be generic: peers must agree on every type; name \
                     concrete types instead"
            ),
        );
    }
    if let Some(where_clause) = &sig.generics.where_clause {
        errors.at(
            where_clause,
            format!(
                "method `{method}` cannot have a `where` clause: a service has all its methods"
            ),
        );
    }
    sig.variadic.is_none() && sig.generics.params.is_empty() && sig.generics.where_clause.is_none()
}

fn shared_parts(
    declaration: &TraitItemFn,
    options: &Options,
    errors: &mut Errors,
) -> Option<Parts> {
    let sig = &declaration.sig;
    let has_body = declaration.default.is_some();
    let reply = reply::parse(&sig.output, options.oneway.as_ref(), errors);
    let inputs = context::receiver(sig, errors)?;
    let (context, rest) = match context::context(&sig.ident, &inputs, errors) {
        Some((context, rest)) => {
            args::context_name(inputs[0], has_body, errors);
            (Some(context), rest)
        }
        None => (None, inputs.as_slice()),
    };
    let args = arguments(rest, |arg| args::parse(arg, has_body, errors));
    if let Some(idempotent) = &options.idempotent
        && let Some(stream) = args.iter().flatten().find(|arg| arg.is_stream())
    {
        errors.at(
            idempotent,
            format!(
                "method `{}` cannot be `idempotent`, as it takes the stream `{}`: a stream is sent \
                 once only, so the call cannot be repeated",
                sig.ident, stream.ident
            ),
        );
    }
    let execution = match (&sig.asyncness, &options.spawn) {
        (Some(_), None) => Execution::Async,
        (Some(_), Some(_)) => Execution::Spawned,
        (None, spawn) => {
            if let Some(spawn) = spawn {
                errors.at(
                    spawn,
                    "`spawn` is for `async fn`: a method declared `fn` runs on the blocking pool \
                     anyway",
                );
            }
            Execution::Blocking
        }
    };
    Some(Parts {
        context: context?,
        args: args?,
        reply,
        execution,
    })
}

fn tarpc_parts(declaration: &TraitItemFn, errors: &mut Errors) -> Option<Parts> {
    let sig = &declaration.sig;
    let method = &sig.ident;
    let reply = reply::parse_tarpc(&sig.output, errors);
    if sig.asyncness.is_none() {
        errors.at(
            sig.fn_token,
            format!(
                "method `{method}` is declared `fn`, expected `async fn`: tarpc's form has no \
                     blocking methods"
            ),
        );
    }
    if let Some(body) = &declaration.default {
        errors.at(
            body,
            format!(
                "method `{method}` has a body, expected `;`: tarpc's form has no default bodies"
            ),
        );
    }
    let inputs = context::no_receiver(sig, errors)?;
    let args = arguments(&inputs, |arg| args::parse_tarpc(arg, errors))?;
    Some(Parts {
        context: method.span(),
        args,
        reply,
        execution: Execution::Async,
    })
}

/// All arguments, or `None` if one has no name.
fn arguments(
    inputs: &[&PatType],
    mut parse: impl FnMut(&PatType) -> Option<Arg>,
) -> Option<Vec<Arg>> {
    let args: Vec<_> = inputs.iter().map(|input| parse(input)).collect();
    args.into_iter().collect()
}

fn assemble(declaration: &TraitItemFn, options: Options, parts: Parts) -> Method {
    let ident = &declaration.sig.ident;
    let name = match options.name {
        Some(name) => WireName {
            text: name.value(),
            span: name.span(),
        },
        None => WireName {
            text: wire_name(ident),
            span: ident.span(),
        },
    };
    let Parts {
        context,
        args,
        reply,
        execution,
    } = parts;
    // A stream that is sent takes as long as its items do to come by.
    let usual_timeout = if args.iter().any(Arg::is_stream) {
        Timeout::Never
    } else {
        Timeout::Unset
    };
    Method {
        declaration: attrs::without_macro_attrs(declaration),
        docs: attrs::docs(&declaration.attrs),
        id: signature::id(&name.text),
        signature: signature::hash(&name.text, &args, &reply),
        name,
        context,
        args,
        reply,
        execution,
        idempotent: options.idempotent.is_some(),
        timeout: options.timeout.unwrap_or(usual_timeout),
        since: options
            .since
            .map_or(Since::Start, |(version, span)| Since::Version {
                version,
                span,
            }),
    }
}
