//! Where a stream can stand, and what is said of all others.

use syn::visit::{self, Visit};
use syn::{Type, TypePath, TypeReference};

use super::known::{self, Stream};
use crate::errors::Errors;
use crate::spelling::spell;

/// The type of the items, if `ty` is a stream; rejects all streams that stand elsewhere in it.
///
/// `whole` is the argument or the output that `ty` is, or is the `Ok` of.
pub(super) fn item<'a>(ty: &'a Type, whole: &Type, errors: &mut Errors) -> Option<&'a Type> {
    match known::stream(ty) {
        Some(Stream::Of(item)) => {
            none_within(item, whole, errors);
            Some(item)
        }
        Some(Stream::Malformed) | None => {
            none_within(ty, whole, errors);
            None
        }
    }
}

/// Rejects all streams in `ty`, which is a part of `whole`.
pub(super) fn none_within(ty: &Type, whole: &Type, errors: &mut Errors) {
    let rule = Rule::ByItself { whole };
    Streams { rule, errors }.visit_type(ty);
}

/// Rejects all streams in `ty`, which is an argument or an output in tarpc's form.
pub(super) fn none_in_tarpcs_form(ty: &Type, errors: &mut Errors) {
    let rule = Rule::TarpcsForm;
    Streams { rule, errors }.visit_type(ty);
}

/// What a stream breaks.
enum Rule<'a> {
    /// It is not to be a part of `whole`.
    ByItself { whole: &'a Type },
    /// tarpc has none. What is called `Receiver` and is no stream is a value there, as with tarpc.
    TarpcsForm,
}

/// Finds streams at any depth.
struct Streams<'a> {
    rule: Rule<'a>,
    errors: &'a mut Errors,
}

impl<'ast> Visit<'ast> for Streams<'_> {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        let found = spell(path);
        let message = match (known::stream_path(path), &self.rule) {
            (Some(Stream::Of(_)), Rule::ByItself { whole }) => format!(
                "found the stream `{found}` within `{}`, expected it by itself: as an argument, as \
                 the output, or as the `Ok` of an output that is a `Result`",
                spell(whole)
            ),
            (Some(Stream::Malformed), Rule::ByItself { .. }) => format!(
                "found `{found}`, expected `Receiver<T>`, a stream of `T`; a type that is no \
                 stream needs another name"
            ),
            (Some(Stream::Of(_)), Rule::TarpcsForm) => format!(
                "found the stream `{found}` in a service in tarpc's form, which has none; write \
                 the methods with `&self` and `ctx: Context`"
            ),
            (Some(Stream::Malformed), Rule::TarpcsForm) | (None, _) => {
                return visit::visit_type_path(self, path);
            }
        };
        self.errors.at(path, message);
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        // That a stream is borrowed has been said, and that it is to be there by itself with it.
        let is_said = matches!(self.rule, Rule::ByItself { .. })
            && matches!(known::stream(&reference.elem), Some(Stream::Of(_)));
        if !is_said {
            visit::visit_type_reference(self, reference);
        }
    }
}
