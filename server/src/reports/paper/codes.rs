//! QR codes as pictures of one pixel for each module.

use std::sync::Arc;

use krilla::image::{BitsPerComponent, CustomImage, ImageColorspace};
use qrcode::EcLevel;
use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::types::QrError;

use super::PaperError;

/// The white edge around a code inside its square, in modules; the paper around the square is white as well.
pub(super) const EDGE: usize = 2;

const DARK: u8 = 0;
const WHITE: u8 = 255;

/// Codes of equal squares below each other.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// The side of a code's square, in millimetres.
    pub square_mm: f32,
    /// From the top of a square to the top of the next, in millimetres.
    pub step_mm: f32,
}

impl Column {
    /// Draws codes into one picture, in which the steps are a whole number of modules.
    ///
    /// Every picture is compressed on its own, and the compressor's buffers leave holes in the heap. With a picture for
    /// each code the holes took six times the memory of the document.
    pub(super) fn draw(&self, texts: &[&str]) -> Result<Picture, PaperError> {
        let codes = texts.iter().map(|text| Modules::of(text)).collect::<Result<Vec<_>, _>>()?;
        let side = codes.iter().map(|code| code.width).max().unwrap_or_default();
        let square = side + 2 * EDGE;
        let step = (self.step_mm / self.square_mm * square as f32).ceil() as usize;
        let height = codes.len().saturating_sub(1) * step + side;
        let mut pixels = vec![WHITE; side * height];
        for (at, code) in codes.iter().enumerate() {
            // A code that needs fewer modules than the others stands in the middle of its square.
            let inset = (side - code.width) / 2;
            for (y, line) in code.pixels.chunks(code.width).enumerate() {
                let start = (at * step + inset + y) * side + inset;
                pixels[start..start + code.width].copy_from_slice(line);
            }
        }
        let module_mm = self.step_mm / step as f32;
        let edge_mm = (self.square_mm - side as f32 * module_mm) / 2.0;
        Ok(Picture { modules: Modules { pixels: pixels.into(), width: side, height }, module_mm, edge_mm })
    }
}

/// The codes of a column.
pub(super) struct Picture {
    pub modules: Modules,
    pub module_mm: f32,
    /// From the corner of the first square to the corner of the picture.
    pub edge_mm: f32,
}

/// Modules as shades of grey, in rows.
#[derive(Clone, Hash)]
pub(super) struct Modules {
    pixels: Arc<[u8]>,
    pub width: usize,
    pub height: usize,
}

impl Modules {
    /// Draws a QR code (ISO/IEC 18004).
    pub(super) fn of(text: &str) -> Result<Self, PaperError> {
        modules(text).map_err(|_| PaperError::TooLongForCode)
    }
}

/// The mask is always the same: what is signed looks random under any, and to try all of them takes most of the time of a
/// sheet of badges.
fn modules(text: &str) -> Result<Modules, QrError> {
    const LEVEL: EcLevel = EcLevel::M;
    let bits = encode_auto(text.as_bytes(), LEVEL)?;
    let version = bits.version();
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, LEVEL)?;
    let mut canvas = Canvas::new(version, LEVEL);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_mask(MaskPattern::Checkerboard);
    let shade = |colour| if colour == qrcode::Color::Dark { DARK } else { WHITE };
    let pixels: Vec<u8> = canvas.into_colors().into_iter().map(shade).collect();
    let side = version.width().unsigned_abs().into();
    Ok(Modules { pixels: pixels.into(), width: side, height: side })
}

impl CustomImage for Modules {
    fn color_channel(&self) -> &[u8] {
        &self.pixels
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}
