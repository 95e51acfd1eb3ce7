//! Rules that concern a service as a whole: names that clash, and versions.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::model::{Method, Service, Since};
use crate::names;
use crate::spelling::spell;

/// Holds `service` against all rules that need more than one part of it.
pub(crate) fn service(service: &Service, errors: &mut Errors) {
    for method in &service.methods {
        reserved_name(service, method, errors);
        arguments(service, method, errors);
        since(service, method, errors);
    }
    for (i, later) in service.methods.iter().enumerate() {
        // The first clash says enough: who has the same name has the same everything.
        let clash = service.methods[..i]
            .iter()
            .find_map(|earlier| clash(earlier, later));
        if let Some((span, message)) = clash {
            errors.at_span(span, message);
        }
    }
}

fn reserved_name(service: &Service, method: &Method, errors: &mut Errors) {
    let ident = method.ident();
    let reserved = names::reserved_methods(&service.form);
    if let Some((name, owner)) = reserved.iter().find(|(name, _)| ident.unraw() == name) {
        errors.at(
            ident,
            format!(
                "a method cannot be called `{name}`, which is {owner}; rename it in Rust, and \
                 `#[ipc(name = \"{}\")]` keeps its name on the wire",
                method.name.text
            ),
        );
    }
}

fn arguments(service: &Service, method: &Method, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for arg in &method.args {
        let name = arg.ident.unraw().to_string();
        let reserved = names::reserved_args(service);
        if let Some((name, owner)) = reserved.iter().find(|(reserved, _)| name == *reserved) {
            errors.at(
                &arg.ident,
                format!("an argument cannot be called `{name}`, as {owner} is"),
            );
        }
        if !seen.insert(name.clone()) {
            errors.at(
                &arg.ident,
                format!("method `{}` has two arguments `{name}`", method.ident()),
            );
        }
    }
}

fn since(service: &Service, method: &Method, errors: &mut Errors) {
    if let Since::Version { version, span } = method.since
        && version > service.version
    {
        errors.at_span(
            span,
            format!(
                "method `{}` is there since version {version}, but the service is at version {}; \
                 write `#[ipc_service(version = {version})]`",
                method.ident(),
                service.version
            ),
        );
    }
}

/// Why the two methods cannot both be in one service, and where to say so.
fn clash(earlier: &Method, later: &Method) -> Option<(Span, String)> {
    if are_alternatives(earlier, later) {
        return None;
    }
    let (ident, name) = (later.ident().unraw(), &later.name.text);
    let (earlier_ident, earlier_name) = (earlier.ident().unraw(), &earlier.name.text);
    let variant = names::variant(&ident);
    if ident == earlier_ident {
        let message = format!(
            "there are two methods `{ident}`; \
             both need a `#[cfg]` if they are alternatives, and otherwise one needs another name"
        );
        return Some((later.ident().span(), message));
    }
    if name == earlier_name {
        let message =
            format!("methods `{earlier_ident}` and `{ident}` are both called {name:?} on the wire");
        return Some((later.name.span, message));
    }
    if variant == names::variant(&earlier_ident) {
        let message = format!(
            "methods `{earlier_ident}` and `{ident}` are told apart by underscores and case alone, \
             and both make a variant `{variant}`; rename one in Rust, and \
             `#[ipc(name = {name:?})]` keeps its name on the wire"
        );
        return Some((later.ident().span(), message));
    }
    if later.id == earlier.id {
        let message = format!(
            "methods {earlier_name:?} and {name:?} have the same id on the wire, {:#010x}; \
             give one of them another name there with `#[ipc(name = \"…\")]`",
            later.id
        );
        return Some((later.name.span, message));
    }
    None
}

/// Whether the methods stand under different `#[cfg]`s, so that there may never be both.
fn are_alternatives(a: &Method, b: &Method) -> bool {
    let condition = |method: &Method| -> Vec<String> { method.cfgs().map(spell).collect() };
    let (a, b) = (condition(a), condition(b));
    !a.is_empty() && !b.is_empty() && a != b
}
