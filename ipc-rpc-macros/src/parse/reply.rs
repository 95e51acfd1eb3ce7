//! The output of a method.

use syn::{GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Type};

use super::types;
use crate::errors::Errors;
use crate::model::Reply;
use crate::spelling::spell;

/// Understands the output of a method that is called in this crate's own form.
pub(super) fn parse(output: &ReturnType, oneway: Option<&Ident>, errors: &mut Errors) -> Reply {
    let declared = declared(output, errors);
    if oneway.is_some() {
        if !is_unit(&declared) {
            let found = spell(&declared);
            errors.at(
                &declared,
                format!("a `oneway` method has no output, as nobody waits for it, found `{found}`"),
            );
        }
        return Reply::OneWay;
    }
    let Some(result) = result_segment(&declared) else {
        return Reply::Plain(declared);
    };
    match type_arguments(result).as_slice() {
        [value, error] => {
            let (value, error) = (Box::new((*value).clone()), Box::new((*error).clone()));
            Reply::Fallible {
                value,
                error,
                declared,
            }
        }
        arguments => {
            let found = spell(&declared);
            let value = arguments.first().map_or("T".to_owned(), spell);
            errors.at(
                &declared,
                format!(
                    "found `{found}`, expected `Result<{value}, E>`: \
                     an alias of `Result` hides which error is sent, so spell it out"
                ),
            );
            Reply::Plain(declared)
        }
    }
}

/// Understands the output of a method in tarpc's form.
///
/// Its callers get a `Result` as it is, but it travels like one of this crate's own form, so that
/// a service can move from one form to the other while its peers stay as they are. An alias of
/// `Result` is a value like any other.
pub(super) fn parse_tarpc(output: &ReturnType, errors: &mut Errors) -> Reply {
    let declared = declared(output, errors);
    match result_segment(&declared).map(type_arguments).as_deref() {
        Some([value, error]) => {
            let (value, error) = (Box::new((*value).clone()), Box::new((*error).clone()));
            Reply::Fallible {
                value,
                error,
                declared,
            }
        }
        _ => Reply::Plain(declared),
    }
}

fn declared(output: &ReturnType, errors: &mut Errors) -> Type {
    match output {
        ReturnType::Default => unit(),
        ReturnType::Type(_, ty) => {
            types::owned(ty, types::Place::Output, errors);
            (**ty).clone()
        }
    }
}

/// The last segment of a type's path, if it is `Result`.
fn result_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .filter(|last| last.ident == "Result"),
        Type::Group(group) => result_segment(&group.elem),
        Type::Paren(paren) => result_segment(&paren.elem),
        _ => None,
    }
}

fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

fn is_unit(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Group(group) => is_unit(&group.elem),
        Type::Paren(paren) => is_unit(&paren.elem),
        _ => false,
    }
}

fn unit() -> Type {
    Type::Tuple(syn::TypeTuple {
        attrs: Vec::new(),
        paren_token: Default::default(),
        elems: Default::default(),
    })
}
