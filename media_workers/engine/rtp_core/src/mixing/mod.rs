//! Rooms: what each member hears, and who speaks.

pub mod mixer;
pub mod speaker;
