//! How a text is written: the style, size and colour of its letters.

/// How many points a millimetre has.
pub(super) const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// The height of a line in heights of its letters.
pub(super) const LINE_HEIGHT: f32 = 1.22;

/// The style of the letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Style {
    Sans,
    Bold,
    Serif,
}

/// A colour: red, green, blue.
pub(super) type Colour = [u8; 3];
pub(super) const INK: Colour = [24, 32, 34];
pub(super) const GREY: Colour = [98, 108, 110];
pub(super) const LINE: Colour = [196, 204, 204];
pub(super) const GREEN: Colour = [18, 92, 84];
pub(super) const PALE: Colour = [228, 240, 237];
pub(super) const WHITE: Colour = [255, 255, 255];
pub(super) const RED: Colour = [168, 44, 32];

/// How a text is written; its size is in points.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub style: Style,
    pub size: f32,
    pub colour: Colour,
}
