//! Tokens as text, independent of how the compiler prints them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// Spells `tokens` as one would write them by hand: `HashMap<String, Vec<u8>>`.
///
/// The text is the same for all ways to lay out the tokens: neither white space nor the trailing
/// commas that formatters add leave a trace, nor do the invisible groups that `macro_rules!` wraps
/// fragments in.
pub(crate) fn spell(tokens: impl ToTokens) -> String {
    let mut spelling = Spelling::default();
    spelling.stream(tokens.into_token_stream());
    spelling.text
}

#[derive(Default)]
struct Spelling {
    text: String,
    /// The text ends with an identifier or a literal; another one must be set apart.
    after_word: bool,
}

impl Spelling {
    fn stream(&mut self, tokens: TokenStream) {
        let tokens = flatten(tokens);
        let is_list = separators(&tokens) > 1;
        for (i, token) in tokens.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|before| tokens.get(before));
            let after = tokens.get(i + 1);
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ',' => match after {
                    // Formatters add this one where they break lines.
                    Some(after) if is_punct(after, '>') => {}
                    None if is_list => {}
                    // The comma of `(T,)` makes it a tuple.
                    None => self.punct(","),
                    Some(_) => self.punct(", "),
                },
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    let is_path = [before, after]
                        .into_iter()
                        .flatten()
                        .any(|it| is_punct(it, ':'));
                    self.punct(if is_path { ":" } else { ": " });
                }
                TokenTree::Punct(punct)
                    if punct.as_char() == '-' && after.is_some_and(|it| is_punct(it, '>')) =>
                {
                    self.punct(" -");
                }
                TokenTree::Punct(punct)
                    if punct.as_char() == '>' && before.is_some_and(|it| is_punct(it, '-')) =>
                {
                    self.punct("> ");
                }
                token => self.token(token),
            }
        }
    }

    fn token(&mut self, token: &TokenTree) {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                self.punct(open);
                self.stream(group.stream());
                self.punct(close);
            }
            TokenTree::Ident(ident) => self.word(&ident.to_string()),
            TokenTree::Literal(literal) => self.word(&literal.to_string()),
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => self.punct("; "),
                '+' => self.punct(" + "),
                '=' => self.punct(" = "),
                // The quote of a lifetime is part of a word.
                '\'' => {
                    self.word("'");
                    self.after_word = false;
                }
                other => self.punct(other.encode_utf8(&mut [0; 4])),
            },
        }
    }

    fn word(&mut self, word: &str) {
        if self.after_word {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.after_word = true;
    }

    fn punct(&mut self, punct: &str) {
        self.text.push_str(punct);
        self.after_word = false;
    }
}

/// Replaces invisible groups by what is in them.
fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flatten(group.stream())
            }
            token => vec![token],
        })
        .collect()
}

/// Counts the commas between elements, leaving out those between the arguments of generics.
fn separators(tokens: &[TokenTree]) -> usize {
    let mut depth = 0_usize;
    let mut count = 0;
    for (i, token) in tokens.iter().enumerate() {
        let is_arrow = i > 0 && is_punct(&tokens[i - 1], '-');
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' && !is_arrow => {
                depth = depth.saturating_sub(1);
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' && depth == 0 => count += 1,
            _ => {}
        }
    }
    count
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}
