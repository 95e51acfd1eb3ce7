//! A guard around any deserializer: counts the levels, and bounds what is reserved ahead of
//! reading.
//!
//! One wrapper, [`Guarded`], goes around everything that serde hands from the format to the type
//! and back, so that no level is opened outside it.

use std::{cell::Cell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::codec::limits::Depth;

/// What the message being read may still use up.
#[derive(Debug)]
pub(super) struct Limits {
    depth: Depth,
    /// Elements that may still be reserved before they are read. Each takes a byte at least.
    reservable: Cell<usize>,
}

impl Limits {
    pub(super) const fn new(message_len: usize) -> Self {
        Self {
            depth: Depth::new(),
            reservable: Cell::new(message_len),
        }
    }

    pub(super) const fn depth(&self) -> &Depth {
        &self.depth
    }

    /// Grants a collection that announces `announced` elements as many as are left.
    fn reserve(&self, announced: Option<usize>) -> usize {
        let granted = announced.unwrap_or(0).min(self.reservable.get());
        self.reservable.set(self.reservable.get() - granted);
        granted
    }

    /// Reads what `read` reads one level deeper.
    #[inline]
    fn nested<T, E: Error>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.depth.enter().map_err(E::custom)?;
        let value = read();
        self.depth.leave();
        value
    }
}

/// A deserializer, seed, visitor or access that passes everything on, but counts.
pub(super) struct Guarded<'l, X> {
    inner: X,
    limits: &'l Limits,
}

impl<'l, X> Guarded<'l, X> {
    #[inline]
    pub(super) const fn new(inner: X, limits: &'l Limits) -> Self {
        Self { inner, limits }
    }
}

/// The elements of a sequence or the entries of a map, with a size hint that was granted.
struct GuardedElements<'l, A> {
    inner: A,
    limits: &'l Limits,
    reserved: usize,
}

/// Methods of a deserializer that only pass a guarded visitor on.
macro_rules! forward {
    ($($method:ident($($arg:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(
            self,
            $($arg: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            self.inner.$method($($arg,)* Guarded::new(visitor, self.limits))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, D> {
    type Error = D::Error;

    forward! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char()
        deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier() deserialize_ignored_any()
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Methods of a visitor that take a scalar, which is no level.
macro_rules! visit {
    ($($method:ident($type:ty))*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Guarded<'_, V> {
    type Value = V::Value;

    visit! {
        visit_bool(bool)
        visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128)
        visit_f32(f32) visit_f64(f64) visit_char(char)
        visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, content: D) -> Result<V::Value, D::Error> {
        let Self { inner, limits } = self;
        limits.nested(|| inner.visit_some(Guarded::new(content, limits)))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, content: D) -> Result<V::Value, D::Error> {
        let Self { inner, limits } = self;
        limits.nested(|| inner.visit_newtype_struct(Guarded::new(content, limits)))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        let Self { inner, limits } = self;
        let reserved = limits.reserve(elements.size_hint());
        limits.nested(|| {
            inner.visit_seq(GuardedElements {
                inner: elements,
                limits,
                reserved,
            })
        })
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let Self { inner, limits } = self;
        let reserved = limits.reserve(entries.size_hint());
        limits.nested(|| {
            inner.visit_map(GuardedElements {
                inner: entries,
                limits,
                reserved,
            })
        })
    }

    // The variant opens the level.
    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Guarded::new(variant, self.limits))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner
            .deserialize(Guarded::new(deserializer, self.limits))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for GuardedElements<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner
            .next_element_seed(Guarded::new(seed, self.limits))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.inner.size_hint()?.min(self.reserved))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for GuardedElements<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(Guarded::new(seed, self.limits))
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Guarded::new(seed, self.limits))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.inner.size_hint()?.min(self.reserved))
    }
}

impl<'de, 'l, A: EnumAccess<'de>> EnumAccess<'de> for Guarded<'l, A> {
    type Error = A::Error;
    type Variant = Guarded<'l, A::Variant>;

    // The level of a variant without data; other variants open theirs with the data. It also stops
    // a hand-written type that reads an enum for the variant's name, and another for that one's.
    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let Self { inner, limits } = self;
        let (variant, access) = limits.nested(|| inner.variant_seed(Guarded::new(seed, limits)))?;
        Ok((variant, Guarded::new(access, limits)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let Self { inner, limits } = self;
        limits.nested(|| inner.newtype_variant_seed(Guarded::new(seed, limits)))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner
            .tuple_variant(len, Guarded::new(visitor, self.limits))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner
            .struct_variant(fields, Guarded::new(visitor, self.limits))
    }
}
