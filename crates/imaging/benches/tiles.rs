//! What one tile of a map costs, from its stored pixels to the bytes of an answer: masked and encoded.

#![expect(clippy::expect_used, reason = "a bench is a program")]

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, criterion_group, criterion_main};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use imaging::{TILE_PX, TileIndex};

/// A ground with grain, which costs a codec more than flat colour.
fn grain(x: u32, y: u32) -> [u8; 3] {
    let noise = x.wrapping_mul(374_761_393).wrapping_add(y.wrapping_mul(668_265_263)).rotate_left(13) % 40;
    let [red, green, blue] = [90 + noise, 80 + noise + x / 16 % 24, 60 + y / 16 % 32];
    [red, green, blue].map(|part| u8::try_from(part).unwrap_or(255))
}

fn tiles(criterion: &mut Criterion) {
    let side = TILE_PX * 2;
    let opaque = DynamicImage::from(RgbImage::from_fn(side, side, |x, y| Rgb(grain(x, y))));
    let clear = DynamicImage::from(RgbaImage::from_fn(side, side, |x, y| {
        let [red, green, blue] = grain(x, y);
        Rgba([red, green, blue, if x % 97 == 0 { 0 } else { 255 }])
    }));
    // A room and a corridor: some two thirds of the tile.
    let shows: Vec<bool> =
        (0..TILE_PX).flat_map(|y| (0..TILE_PX).map(move |x| x < 150 || (96..160).contains(&y))).collect();
    for (name, picture) in [("opaque", opaque), ("with transparent parts", clear)] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture can be written");
        let file = imaging::cut(bytes.get_ref()).expect("a picture can be cut");
        let head = TileIndex::bytes(&file).expect("a head");
        let index = TileIndex::read(file.get(..head).expect("a head")).expect("an index");
        let (start, length) = index.place(0, 0, 0).expect("the first tile");
        let start = usize::try_from(start).expect("a small file");
        let tile = file.get(start..start + length).expect("a whole tile");
        criterion.bench_function(&format!("mask and encode a tile, {name}"), |bencher| {
            bencher.iter(|| black_box(index.mask(tile, &shows).expect("a tile can be masked")));
        });
    }
}

criterion_group!(benches, tiles);
criterion_main!(benches);
