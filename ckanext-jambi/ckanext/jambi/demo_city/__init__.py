"""The demo city: a loopback server that plays the systems of Kota Jambi with simulated data.

`chance`, `periods` and `tempo` say how values and release times come about; `content` what a dataset holds;
`datasets/` the 25 datasets; `json_shapes`, `file_shapes` and `dress` how systems write them; `city` and `app`
put it together. A program on its own: it imports neither CKAN nor any room of the portal.
"""
