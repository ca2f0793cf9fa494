package viz

// DrawSVG is drawSVG.
var DrawSVG = drawSVG
