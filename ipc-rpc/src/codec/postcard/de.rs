//! Reads postcard, with nesting and elements bounded.

use postcard::de_flavors::Slice;
use serde::de::{
    self, Deserialize, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor, value::U32Deserializer,
};

use super::failure::Failure;
use crate::codec::{
    CodecErrorKind,
    limits::{Depth, SPARE_ELEMENTS},
};

/// Reads one value off the front of a message.
pub(super) struct Deserializer<'de> {
    /// Reads the scalars, and holds what is left of the message. It stays where it is: made anew for each of them, it is
    /// written and read again in pieces of other sizes, for which a processor waits longer than for all else here.
    reader: postcard::Deserializer<'de, Slice<'de>>,
    message_len: usize,
    depth: Depth,
    elements: u64,
    /// What the visitor of the last sequence or map left of it.
    unread: usize,
}

impl<'de> Deserializer<'de> {
    #[inline]
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self {
            reader: postcard::Deserializer::from_bytes(bytes),
            message_len: bytes.len(),
            depth: Depth::new(),
            elements: 0,
            unread: 0,
        }
    }

    /// Checks that nothing follows what was read.
    #[inline]
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.reader.finalize()?.len() {
            0 => Ok(()),
            count => Err(Failure::new(CodecErrorKind::TrailingBytes { count })),
        }
    }

    /// Reads a scalar or string.
    #[inline]
    fn take<T: Deserialize<'de>>(&mut self) -> Result<T, Failure> {
        Ok(T::deserialize(&mut self.reader)?)
    }

    /// Reads a byte: what byte vectors are made of, so that it counts what each one takes.
    #[inline]
    fn take_byte(&mut self) -> Result<u8, Failure> {
        self.take()
    }

    /// Reads the length of a sequence or map and charges its elements all at once: a length that no
    /// honest message has is refused before anything is reserved or repeated for it.
    #[inline]
    fn take_len(&mut self) -> Result<usize, Failure> {
        let len = self.take::<u64>()?;
        let elements = self.elements.saturating_add(len);
        let limit = self.message_len.saturating_add(SPARE_ELEMENTS);
        // Where the sum is within the limit, which is a `usize`, so is the length.
        if elements > limit as u64 {
            return Err(Failure::new(CodecErrorKind::TooManyElements {
                elements,
                limit,
            }));
        }
        self.elements = elements;
        Ok(len as usize)
    }

    /// Checks that the visitor of a sequence or map took all of it. The next value would else be
    /// read from the middle of this one.
    #[inline]
    fn check_all_read(&self) -> Result<(), Failure> {
        match self.unread {
            0 => Ok(()),
            left => Err(Failure::invalid(format_args!(
                "the type left {left} elements unread"
            ))),
        }
    }

    /// Reads what `read` reads one level deeper.
    #[inline]
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.depth.enter()?;
        let value = read(self);
        self.depth.leave();
        value
    }
}

/// Methods that read what the format crate reads and show it to the visitor, whose own error keeps
/// its text that way.
macro_rules! take_and_visit {
    ($($method:ident => $visit:ident($type:ty),)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit(self.take::<$type>()?)
        }
    )*};
}

/// Methods that postcard cannot answer, for want of types in its bytes.
macro_rules! refuse {
    ($($method:ident)*) => {$(
        #[cold]
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
            Err(Failure::new(CodecErrorKind::NotSelfDescribing))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Failure;

    take_and_visit! {
        deserialize_bool => visit_bool(bool),
        deserialize_i8 => visit_i8(i8),
        deserialize_i16 => visit_i16(i16),
        deserialize_i32 => visit_i32(i32),
        deserialize_i64 => visit_i64(i64),
        deserialize_i128 => visit_i128(i128),
        deserialize_u16 => visit_u16(u16),
        deserialize_u32 => visit_u32(u32),
        deserialize_u64 => visit_u64(u64),
        deserialize_u128 => visit_u128(u128),
        deserialize_f32 => visit_f32(f32),
        deserialize_f64 => visit_f64(f64),
        deserialize_char => visit_char(char),
        deserialize_str => visit_borrowed_str(&'de str),
        deserialize_string => visit_borrowed_str(&'de str),
        deserialize_bytes => visit_borrowed_bytes(&'de [u8]),
        deserialize_byte_buf => visit_borrowed_bytes(&'de [u8]),
    }

    #[inline]
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_u8(self.take_byte()?)
    }

    refuse! { deserialize_any deserialize_identifier deserialize_ignored_any }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.take_byte()? {
            0 => visitor.visit_none(),
            1 => self.nested(|this| visitor.visit_some(this)),
            _ => Err(Failure::invalid("the tag of an option is neither 0 nor 1")),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.nested(|this| visitor.visit_newtype_struct(this))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let left = self.take_len()?;
        self.nested(|this| {
            let value = visitor.visit_seq(Elements(Parts { reader: this, left }))?;
            this.check_all_read()?;
            Ok(value)
        })
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.nested(|reader| visitor.visit_seq(Parts { reader, left: len }))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let left = self.take_len()?;
        self.nested(|this| {
            let value = visitor.visit_map(Elements(Parts { reader: this, left }))?;
            this.check_all_read()?;
            Ok(value)
        })
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(self)
    }
}

/// The parts of a value that are still to be read: as such, those of a tuple or struct.
struct Parts<'a, 'de> {
    reader: &'a mut Deserializer<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    // What may be reserved: no more than the message has bytes to fill it. All sequences together
    // announce no more than the limit on elements.
    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.reader.message_len))
    }
}

/// The elements of a sequence or the entries of a map, whose number was in the message.
///
/// Leaves what is left of it behind. That the visitor takes the elements by value, and not by
/// reference, lets the compiler keep the count in a register: a quarter off a `Vec<u8>`.
struct Elements<'a, 'de>(Parts<'a, 'de>);

impl Drop for Elements<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        self.0.reader.unread = self.0.left;
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.0.next_element_seed(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.0.next_element_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        seed.deserialize(&mut *self.0.reader)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de> EnumAccess<'de> for &mut Deserializer<'de> {
    type Error = Failure;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        let index: U32Deserializer<Failure> = self.take::<u32>()?.into_deserializer();
        // The level of a variant without data; other variants open theirs with the data.
        let variant = self.nested(|_| seed.deserialize(index))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Deserializer<'de> {
    type Error = Failure;

    #[inline]
    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        self.nested(|this| seed.deserialize(this))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Failure> {
        de::Deserializer::deserialize_tuple(self, len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        de::Deserializer::deserialize_tuple(self, fields.len(), visitor)
    }
}
