//! The arguments of a method.

use syn::{Ident, Pat, PatIdent, PatType};

use super::{attrs, types};
use crate::errors::Errors;
use crate::model::Arg;
use crate::spelling::spell;

/// Understands one argument; `has_body` tells whether the method has a default body.
pub(super) fn parse(arg: &PatType, has_body: bool, errors: &mut Errors) -> Option<Arg> {
    types::owned(&arg.ty, types::Place::Argument, errors);
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
    Some(Arg {
        ident: name(arg, has_body, errors)?,
        ty: (*arg.ty).clone(),
        serde: arg
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("serde"))
            .cloned()
            .collect(),
    })
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
