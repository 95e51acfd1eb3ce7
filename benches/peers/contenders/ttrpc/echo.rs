//! What rust-protobuf generates for `message Echo { uint64 number = 1; bytes payload = 2; }`, shortened.

use protobuf::{CodedInputStream, CodedOutputStream, Message, Result, SpecialFields, rt};

/// The one message of the service, in both directions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Echo {
    pub(super) number: u64,
    pub(super) payload: Vec<u8>,
    special_fields: SpecialFields,
}

impl Echo {
    pub(super) fn new(number: u64, payload: Vec<u8>) -> Self {
        Self {
            number,
            payload,
            special_fields: SpecialFields::new(),
        }
    }
}

impl Message for Echo {
    const NAME: &'static str = "Echo";

    fn is_initialized(&self) -> bool {
        true
    }

    fn merge_from(&mut self, input: &mut CodedInputStream<'_>) -> Result<()> {
        while let Some(tag) = input.read_raw_tag_or_eof()? {
            match tag {
                8 => self.number = input.read_uint64()?,
                18 => self.payload = input.read_bytes()?,
                tag => {
                    let unknown = self.special_fields.mut_unknown_fields();
                    rt::read_unknown_or_skip_group(tag, input, unknown)?;
                }
            }
        }
        Ok(())
    }

    fn compute_size(&self) -> u64 {
        let mut size = 0;
        if self.number != 0 {
            size += rt::uint64_size(1, self.number);
        }
        if !self.payload.is_empty() {
            size += rt::bytes_size(2, &self.payload);
        }
        size += rt::unknown_fields_size(self.special_fields.unknown_fields());
        self.special_fields.cached_size().set(size as u32);
        size
    }

    fn write_to_with_cached_sizes(&self, output: &mut CodedOutputStream<'_>) -> Result<()> {
        if self.number != 0 {
            output.write_uint64(1, self.number)?;
        }
        if !self.payload.is_empty() {
            output.write_bytes(2, &self.payload)?;
        }
        output.write_unknown_fields(self.special_fields.unknown_fields())
    }

    fn special_fields(&self) -> &SpecialFields {
        &self.special_fields
    }

    fn mut_special_fields(&mut self) -> &mut SpecialFields {
        &mut self.special_fields
    }

    fn new() -> Self {
        Self::default()
    }

    fn default_instance() -> &'static Self {
        static INSTANCE: Echo = Echo {
            number: 0,
            payload: Vec::new(),
            special_fields: SpecialFields::new(),
        };
        &INSTANCE
    }
}
