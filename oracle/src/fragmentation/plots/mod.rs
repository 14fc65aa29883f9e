//! The plots: SVG, a function of the results. Text is set in the viewer's sans-serif font, with enough space
//! for any such font.

mod bars;
mod canvas;
mod curves;
mod draw;
mod palette;
mod robson;
mod scene;
mod shares;

pub use draw::draw;
pub use scene::Scene;
pub use shares::{Series, shares};
