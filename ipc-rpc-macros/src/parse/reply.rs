//! The output of a method.

use syn::{Ident, ReturnType, Type};

use super::{known, streams, types};
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
    match known::result(&declared) {
        Some(arguments) => fallible(&declared, &arguments, errors),
        None => match streams::item(&declared, &declared, errors) {
            Some(item) => Reply::Streaming {
                item: Box::new(item.clone()),
                declared,
            },
            None => Reply::Plain(declared),
        },
    }
}

/// Understands a `Result` of these types.
fn fallible(declared: &Type, arguments: &[&Type], errors: &mut Errors) -> Reply {
    let item = arguments
        .first()
        .and_then(|value| streams::item(value, declared, errors));
    for other in arguments.iter().skip(1) {
        streams::none_within(other, declared, errors);
    }
    let [value, error] = *arguments else {
        let found = spell(declared);
        let value = arguments.first().map_or("T".to_owned(), spell);
        errors.at(
            declared,
            format!(
                "found `{found}`, expected `Result<{value}, E>`: \
                 an alias of `Result` hides which error is sent, so spell it out"
            ),
        );
        return Reply::Plain(declared.clone());
    };
    let declared = declared.clone();
    let (value, error) = (Box::new(value.clone()), Box::new(error.clone()));
    match item {
        Some(item) => Reply::FallibleStreaming {
            item: Box::new(item.clone()),
            value,
            error,
            declared,
        },
        None => Reply::Fallible {
            value,
            error,
            declared,
        },
    }
}

/// Understands the output of a method in tarpc's form.
///
/// Its callers get a `Result` as it is, but it travels like one of this crate's own form, so that
/// a service can move from one form to the other while its peers stay as they are. An alias of
/// `Result` is a value like any other.
pub(super) fn parse_tarpc(output: &ReturnType, errors: &mut Errors) -> Reply {
    let declared = declared(output, errors);
    streams::none_in_tarpcs_form(&declared, errors);
    match known::result(&declared).as_deref() {
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
