//! The arguments of a method.

use syn::{Attribute, Ident, Pat, PatIdent, PatType};

use super::{attrs, streams, types};
use crate::errors::Errors;
use crate::model::{Arg, ArgKind};
use crate::spelling::spell;

/// Understands one argument in this crate's own form; `has_body` tells whether the method has a
/// default body.
pub(super) fn parse(arg: &PatType, has_body: bool, errors: &mut Errors) -> Option<Arg> {
    types::owned(&arg.ty, types::Place::Argument, errors);
    let serde = serde_attrs(arg, errors);
    let kind = match streams::item(&arg.ty, &arg.ty, errors) {
        Some(item) => {
            for attr in serde {
                let found = spell(&attr);
                errors.at(
                    attr,
                    format!(
                        "a stream takes no `#[serde(..)]` attributes, as it is no value, found \
                         `{found}`"
                    ),
                );
            }
            ArgKind::Stream {
                item: Box::new(item.clone()),
            }
        }
        None => ArgKind::Value { serde },
    };
    named(arg, kind, has_body, errors)
}

/// Understands one argument in tarpc's form.
pub(super) fn parse_tarpc(arg: &PatType, errors: &mut Errors) -> Option<Arg> {
    types::owned(&arg.ty, types::Place::Argument, errors);
    let serde = serde_attrs(arg, errors);
    streams::none_in_tarpcs_form(&arg.ty, errors);
    named(arg, ArgKind::Value { serde }, false, errors)
}

fn named(arg: &PatType, kind: ArgKind, has_body: bool, errors: &mut Errors) -> Option<Arg> {
    Some(Arg {
        ident: name(arg, has_body, errors)?,
        ty: (*arg.ty).clone(),
        kind,
    })
}

/// The `#[serde(..)]` attributes; rejects those that no argument can have.
fn serde_attrs(arg: &PatType, errors: &mut Errors) -> Vec<Attribute> {
    for attr in &arg.attrs {
        if !attr.path().is_ident("serde") && !attrs::is_lint_level(attr) {
            let found = spell(attr.path());
            errors.at(
                attr,
                format!(
                    "only `#[serde(..)]` attributes can stand on an argument, found `#[{found}]`"
                ),
            );
        }
    }
    arg.attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .cloned()
        .collect()
}

/// Checks the pattern of the context, whose name is not sent.
pub(super) fn context_name(arg: &PatType, has_body: bool, errors: &mut Errors) {
    if !matches!(*arg.pat, Pat::Wild(_)) {
        name(arg, has_body, errors);
    }
}

/// The name of an argument, which is its name on the wire, too.
fn name(arg: &PatType, has_body: bool, errors: &mut Errors) -> Option<Ident> {
    let Pat::Ident(PatIdent {
        by_ref: None,
        subpat: None,
        mutability,
        ident,
        ..
    }) = &*arg.pat
    else {
        let found = spell(&arg.pat);
        errors.at(
            &arg.pat,
            format!(
                "found the pattern `{found}`, expected a name: it is what the argument is \
                     called on the wire"
            ),
        );
        return None;
    };
    if mutability.is_some() && !has_body {
        errors.at(
            &arg.pat,
            format!("`mut` has no meaning in a method without a body; write `{ident}`"),
        );
    }
    Some(ident.clone())
}
