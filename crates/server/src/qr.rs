//! Links as pictures that a phone reads.

use qrcode::QrCode;

/// A QR code as rows of `0` and `1`, without the quiet zone; empty if the text is too long for one.
pub(crate) fn qr_rows(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::new(text.as_bytes()) else { return Vec::new() };
    let width = code.width();
    let dark = |module: &qrcode::Color| if *module == qrcode::Color::Dark { '1' } else { '0' };
    code.to_colors().chunks(width).map(|row| row.iter().map(dark).collect()).collect()
}

/// A QR code for a terminal with a dark or light background: half blocks, two rows a line, with its quiet zone.
pub(crate) fn qr_text(text: &str) -> String {
    let rows = qr_rows(text);
    let width = rows.len();
    let quiet = 2;
    let dark = |x: usize, y: usize| -> bool {
        let inside = (quiet..width + quiet).contains(&x) && (quiet..width + quiet).contains(&y);
        inside && rows.get(y - quiet).and_then(|row| row.as_bytes().get(x - quiet)) == Some(&b'1')
    };
    let side = width + 2 * quiet;
    let mut lines = String::new();
    for y in (0..side).step_by(2) {
        // Black on white whatever the terminal's colours are, since scanners want dark on light.
        lines.push_str("    \x1b[30;47m");
        for x in 0..side {
            lines.push(match (dark(x, y), y + 1 < side && dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push_str("\x1b[0m\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_square_and_starts_with_a_finder() {
        let rows = qr_rows("https://192.0.2.7:8443/join#abcdefghijklmnopqrstuvwxyz");
        assert!(rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0].starts_with("11111110") && rows[1].starts_with("10000010"));
        assert_eq!(qr_text("x").lines().count(), (21usize + 4).div_ceil(2));
    }
}
