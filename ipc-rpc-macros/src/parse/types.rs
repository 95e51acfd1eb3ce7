//! Types that can travel: owned, concrete, and the same for both peers.

use syn::visit::{self, Visit};
use syn::{Lifetime, Type, TypeImplTrait, TypeInfer, TypePath, TypeReference};

use crate::errors::Errors;
use crate::spelling::spell;

/// Where a type stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Argument,
    Output,
}

/// Rejects everything in `ty` that borrows, or that is not one concrete type.
///
/// Whether the type can be serialised is up to the compiler.
pub(super) fn owned(ty: &Type, place: Place, errors: &mut Errors) {
    Owned { place, errors }.visit_type(ty);
}

struct Owned<'a> {
    place: Place,
    errors: &'a mut Errors,
}

impl Owned<'_> {
    fn place(&self) -> &'static str {
        match self.place {
            Place::Argument => "an argument",
            Place::Output => "an output",
        }
    }
}

impl<'ast> Visit<'ast> for Owned<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let verb = match self.place {
            Place::Argument => "take",
            Place::Output => "return",
        };
        self.errors.at(
            reference,
            format!(
                "{} cannot borrow, as it travels between processes: found `{}`, {verb} {}",
                self.place(),
                spell(reference),
                owned_spelling(&reference.elem),
            ),
        );
    }

    fn visit_type_impl_trait(&mut self, impl_trait: &'ast TypeImplTrait) {
        self.errors.at(
            impl_trait,
            format!(
                "{} cannot be `impl Trait`: peers must agree on every type, name a concrete one",
                self.place()
            ),
        );
    }

    fn visit_type_infer(&mut self, infer: &'ast TypeInfer) {
        self.errors.at(
            infer,
            format!("{} cannot be `_`, expected a type", self.place()),
        );
    }

    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if path
            .path
            .segments
            .first()
            .is_some_and(|first| first.ident == "Self")
        {
            self.errors.at(
                path,
                format!(
                    "{} cannot depend on `Self`: the client does not know who implements the \
                     service",
                    self.place()
                ),
            );
        }
        visit::visit_type_path(self, path);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.errors.at(
                lifetime,
                format!(
                    "{} cannot borrow, as it travels between processes: found the lifetime \
                     `{lifetime}`, \
                     expected an owned type or `'static`",
                    self.place(),
                ),
            );
        }
    }
}

/// What to use instead of a reference to `borrowed`.
fn owned_spelling(borrowed: &Type) -> String {
    let last = match borrowed {
        Type::TraitObject(_) => return "a concrete type".to_owned(),
        Type::Slice(slice) => return format!("`Vec<{}>`", spell(&slice.elem)),
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    match last.as_deref() {
        Some("str") => "`String`".to_owned(),
        Some("Path") => "`PathBuf`".to_owned(),
        Some("OsStr") => "`OsString`".to_owned(),
        Some("CStr") => "`CString`".to_owned(),
        _ => format!("`{}`", spell(borrowed)),
    }
}
