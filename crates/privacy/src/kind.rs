//! Kinds of personal data: the standard ones, and those of a configuration.

use std::sync::Arc;

/// The longest name. Placeholders are read by models, and a longer one says nothing more.
pub(crate) const NAME_BYTES_MAX: usize = 32;

/// What kind of personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
    /// A social security number of the United States.
    Ssn,
    /// The number of a payment card.
    CreditCard,
    /// An international bank account number.
    Iban,
    /// An address of IPv4 or IPv6.
    Ip,
    /// One of a configuration, by its name.
    Named(Arc<str>),
}

impl Kind {
    /// The standard ones.
    pub const ALL: [Self; 6] = [Self::Email, Self::Phone, Self::Ssn, Self::CreditCard, Self::Iban, Self::Ip];

    /// Its name, as placeholders bear it: `EMAIL`, `CREDIT_CARD`.
    pub fn name(&self) -> &str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Ssn => "SSN",
            Self::CreditCard => "CREDIT_CARD",
            Self::Iban => "IBAN",
            Self::Ip => "IP",
            Self::Named(name) => name,
        }
    }

    /// The kind with this name, if a placeholder can bear it.
    pub fn named(name: &str) -> Option<Self> {
        let standard = Self::ALL.into_iter().find(|kind| kind.name() == name);
        standard.or_else(|| is_name(name).then(|| Self::Named(name.into())))
    }
}

/// Whether it is made of capital letters, digits and `_`, with a letter at the beginning and no `_` at the end.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && !name.ends_with('_')
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
