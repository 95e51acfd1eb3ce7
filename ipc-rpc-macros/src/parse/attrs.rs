//! Attributes: which of them stay, which move, and what the doc comments say.

use proc_macro2::TokenTree;
use syn::{AttrStyle, Attribute, Expr, ExprLit, FnArg, Lit, Meta, TraitItemFn};

/// The text of the doc comments among `attrs`, without the space that follows the slashes.
///
/// Docs that are no literals, as in `#[doc = include_str!("…")]`, are not known at this point and
/// left out.
pub(super) fn docs(attrs: &[Attribute]) -> String {
    let lines: Vec<_> = attrs
        .iter()
        .filter_map(doc_text)
        .flat_map(|text| {
            text.lines()
                .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned())
                // `///` on a line of its own is an empty line, though its text has none.
                .chain(text.is_empty().then(String::new))
                .collect::<Vec<_>>()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

fn doc_text(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether `attr` sets the level of a lint, which is harmless anywhere.
pub(super) fn is_lint_level(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"]
        .iter()
        .any(|level| attr.path().is_ident(level))
}

/// Whether `attr` is a `#[cfg_attr(.., ipc(..))]`.
pub(super) fn is_conditional(attr: &Attribute) -> bool {
    let is_ipc = |token| matches!(token, TokenTree::Ident(ident) if ident == "ipc");
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            list.tokens.clone().into_iter().any(is_ipc)
        }
        _ => false,
    }
}

/// The method without attributes that only this macro understands.
pub(crate) fn without_macro_attrs(method: &TraitItemFn) -> TraitItemFn {
    let mut method = method.clone();
    method
        .attrs
        .retain(|attr| !attr.path().is_ident("ipc") && !is_conditional(attr));
    for attr in &mut method.attrs {
        // An inner attribute says the same from outside, where there is a place for it even if the
        // body is replaced.
        attr.style = AttrStyle::Outer;
    }
    for input in &mut method.sig.inputs {
        if let FnArg::Typed(arg) = input {
            arg.attrs.retain(|attr| !attr.path().is_ident("serde"));
        }
    }
    method
}
