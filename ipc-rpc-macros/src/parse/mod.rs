//! Tokens to model: every rule that concerns a single part of the declaration.
//!
//! Nothing here stops at the first mistake. What is wrong goes to [`Errors`] with the span of the
//! offending token, and parsing goes on with the rest.

mod args;
mod attrs;
mod context;
mod duration;
mod known;
mod method;
mod options;
mod reply;
mod setting;
mod settings;
mod streams;
mod types;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{FnArg, Ident, ItemTrait, TraitItem, TraitItemFn};

pub(crate) use self::attrs::without_macro_attrs;
use self::settings::Settings;
use crate::errors::Errors;
use crate::model::{Form, Service};
use crate::signature::wire_name;

/// Parses the item under the attribute, which must be a trait.
pub(crate) fn declaration(item: TokenStream) -> syn::Result<ItemTrait> {
    match syn::parse2(item)? {
        syn::Item::Trait(declaration) => Ok(declaration),
        other => Err(syn::Error::new_spanned(
            other,
            "`#[ipc_service]` expects a trait, whose methods are those of the service",
        )),
    }
}

/// Understands `declaration` as far as it makes sense.
///
/// What is returned is complete if `errors` is empty; otherwise it lacks methods, or has some that
/// break the rules.
pub(crate) fn service(
    arguments: TokenStream,
    declaration: &ItemTrait,
    errors: &mut Errors,
) -> Service {
    let settings = Settings::parse(arguments, errors);
    header(declaration, errors);
    let is_tarpc = is_in_tarpc_form(declaration);
    let methods = declaration
        .items
        .iter()
        .filter_map(|item| method(item, is_tarpc, errors))
        .collect();
    Service {
        attrs: declaration.attrs.clone(),
        docs: attrs::docs(&declaration.attrs),
        vis: declaration.vis.clone(),
        ident: declaration.ident.clone(),
        supertraits: declaration.supertraits.clone(),
        name: settings
            .name
            .unwrap_or_else(|| wire_name(&declaration.ident)),
        version: settings.version,
        runtime: settings.runtime,
        calls: calls(is_tarpc, settings.calls, errors),
        form: form(is_tarpc, settings.derives, errors),
        methods,
    }
}

/// Rejects what can stand before the body of a trait but means nothing for a service.
fn header(declaration: &ItemTrait, errors: &mut Errors) {
    let ItemTrait {
        modifiers,
        unsafety,
        generics,
        ..
    } = declaration;
    if let Some(unsafety) = unsafety {
        errors.at(
            unsafety,
            "a service cannot be an `unsafe` trait: peers promise nothing",
        );
    }
    if let Some(auto_token) = &modifiers.auto_token {
        errors.at(
            auto_token,
            "a service cannot be an `auto` trait: it is implemented by hand",
        );
    }
    if !generics.params.is_empty() {
        errors.at(
            &generics.params,
            "a service cannot be generic: peers must agree on every type; name concrete types \
             instead",
        );
    }
    if let Some(where_clause) = &generics.where_clause {
        errors.at(
            where_clause,
            "a service cannot have a `where` clause; add what implementors must have as \
             supertraits",
        );
    }
}

fn method(item: &TraitItem, is_tarpc: bool, errors: &mut Errors) -> Option<crate::model::Method> {
    let found = match item {
        TraitItem::Fn(method) => return method::parse(method, is_tarpc, errors),
        TraitItem::Const(_) => "an associated constant",
        TraitItem::Type(_) => "an associated type",
        TraitItem::Macro(_) => "a macro call",
        _ => "something else",
    };
    errors.at(
        item,
        format!("a service has methods and nothing else, found {found}"),
    );
    None
}

/// The form that most methods use; the first method decides a tie.
fn is_in_tarpc_form(declaration: &ItemTrait) -> bool {
    let forms: Vec<_> = declaration
        .items
        .iter()
        .filter_map(|item| match item {
            TraitItem::Fn(method) => Some(looks_like_tarpc(method)),
            _ => None,
        })
        .collect();
    let tarpc = forms.iter().filter(|is_tarpc| **is_tarpc).count();
    match tarpc.cmp(&(forms.len() - tarpc)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => forms.first().is_some_and(|first| *first),
        std::cmp::Ordering::Greater => true,
    }
}

/// A method with neither receiver nor context is in tarpc's form. One that lacks only the receiver
/// is taken for a mistake in ours.
fn looks_like_tarpc(method: &TraitItemFn) -> bool {
    match method.sig.inputs.first() {
        None => true,
        Some(FnArg::Receiver(_)) => false,
        Some(FnArg::Typed(arg)) => !known::is_context(&arg.ty),
    }
}

fn form(is_tarpc: bool, derives: Option<settings::Derives>, errors: &mut Errors) -> Form {
    if is_tarpc {
        return Form::Tarpc {
            derives: derives.map(|derives| derives.paths),
        };
    }
    if let Some(derives) = derives {
        errors.at(
            derives.key.to_token_stream(),
            "`derive` is for services in tarpc's form, whose requests are public; \
             here the arguments themselves are what is sent",
        );
    }
    Form::Shared
}

fn calls(is_tarpc: bool, calls: Option<Ident>, errors: &mut Errors) -> bool {
    if is_tarpc && let Some(calls) = &calls {
        errors.at(
            calls,
            "`calls` is for services whose methods have `&self` and `ctx: Context`; a service in \
             tarpc's form has none that a fold could take",
        );
    }
    !is_tarpc && calls.is_some()
}
