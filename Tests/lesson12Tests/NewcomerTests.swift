import Testing

/// What somebody does who has just found the package: its documentation's programs, and its examples.
///
/// They are built in one folder, so that the package is compiled once, and one after the other, for SwiftPM locks it.
@Suite(.serialized, .blocking) enum NewcomerTests {}
