//! The painter: from the ground up, then light.
//!
//! Everything is drawn by distance: a shape is a function that says how far a point is from its edge, which gives
//! smooth edges, outlines and bevels at once. Each shape also says how high it stands; the shadows of all of them are
//! cast in one go at the end, from the north-west, so that they agree.

mod building;
mod canvas;
mod furniture;
mod garden;
mod ground;
mod hill;
mod light;
mod noise;
mod shape;
mod trees;

use image::RgbImage;

use canvas::Canvas;

/// Paints the place of [`super::layout()`].
pub(super) fn paint() -> RgbImage {
    let mut canvas = Canvas::new();
    ground::paint(&mut canvas);
    hill::paint(&mut canvas);
    building::paint_floors(&mut canvas);
    garden::paint_low(&mut canvas);
    furniture::paint(&mut canvas);
    building::paint_walls(&mut canvas);
    garden::paint_high(&mut canvas);
    trees::paint(&mut canvas);
    light::cast_shadows(&mut canvas);
    light::shine(&mut canvas);
    canvas.finish()
}
