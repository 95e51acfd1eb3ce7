//! `key` or `key = value`, which both attributes of this crate consist of.

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Token};

use crate::errors::Errors;
use crate::spelling::spell;

/// One setting of an attribute.
pub(super) struct Setting {
    pub(super) key: Ident,
    value: Option<Expr>,
}

/// The settings of an attribute.
pub(super) type SettingList = Punctuated<Setting, Token![,]>;

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is a key, too.
        let key = Ident::parse_any(input)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None if input.is_empty() || input.peek(Token![,]) => None,
            None => {
                let found: TokenTree = input.parse()?;
                let text = spell(&found);
                let text = text.trim();
                let message = format!("found `{text}` after `{key}`, expected `=` or `,`");
                return Err(syn::Error::new_spanned(found, message));
            }
        };
        Ok(Self { key, value })
    }
}

impl Setting {
    /// The key of a setting that has no value.
    pub(super) fn flag(self) -> syn::Result<Ident> {
        match self.value {
            None => Ok(self.key),
            Some(value) => {
                let message = format!("`{}` takes no value", self.key);
                Err(syn::Error::new_spanned(value, message))
            }
        }
    }

    /// The value, which `example` shows.
    pub(super) fn value(self, example: &str) -> syn::Result<Expr> {
        let Self { key, value } = self;
        value.ok_or_else(|| {
            syn::Error::new(
                key.span(),
                format!("`{key}` needs a value, as in `{key} = {example}`"),
            )
        })
    }

    pub(super) fn string(self, example: &str) -> syn::Result<LitStr> {
        let key = self.key.to_string();
        match self.value(example)? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Ok(text),
            other => Err(unexpected(other, "a string", &key, example)),
        }
    }

    pub(super) fn integer(self, example: &str) -> syn::Result<LitInt> {
        let key = self.key.to_string();
        match self.value(example)? {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => Ok(number),
            other => Err(unexpected(other, "a number", &key, example)),
        }
    }

    /// A version of a service, which are counted from one.
    pub(super) fn version(self) -> syn::Result<(u32, proc_macro2::Span)> {
        let key = self.key.to_string();
        let number = self.integer("2")?;
        match number.base10_parse::<u32>() {
            Ok(version @ 1..) => Ok((version, number.span())),
            _ => Err(syn::Error::new(
                number.span(),
                format!(
                    "`{key}` expects a version between 1 and {}, found {number}",
                    u32::MAX
                ),
            )),
        }
    }

    /// A name for the wire.
    pub(super) fn name(self, example: &str) -> syn::Result<LitStr> {
        let name = self.string(example)?;
        let text = name.value();
        if text.is_empty() {
            return Err(syn::Error::new(
                name.span(),
                "a name on the wire cannot be empty",
            ));
        }
        match text
            .chars()
            .find(|char| char.is_whitespace() || char.is_control())
        {
            None => Ok(name),
            Some(char) => Err(syn::Error::new(
                name.span(),
                format!(
                    "a name on the wire cannot have white space or control characters, found \
                     {char:?}"
                ),
            )),
        }
    }
}

/// The error of a setting whose value is of the wrong kind.
pub(super) fn unexpected(
    found: impl quote::ToTokens,
    expected: &str,
    key: &str,
    example: &str,
) -> syn::Error {
    let message = format!(
        "`{key}` expects {expected}, as in `{key} = {example}`, found `{}`",
        spell(&found)
    );
    syn::Error::new_spanned(found, message)
}

/// Puts `value` into `slot`, which must be empty: each key is given once.
pub(super) fn set<T>(
    slot: &mut Option<T>,
    key: &Ident,
    value: syn::Result<T>,
    errors: &mut Errors,
) {
    if slot.is_some() {
        errors.at(key, format!("`{key}` is given twice"));
    }
    if let Some(value) = errors.keep(value) {
        slot.get_or_insert(value);
    }
}
