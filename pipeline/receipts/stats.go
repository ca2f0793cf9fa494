package receipts

import (
	"maps"
	"slices"
)

// Type is a kind of product and the department where it stands.
type Type struct {
	Department string
	Name       string
}

// Departments returns the names of all departments, sorted.
func (g *Generator) Departments() []string {
	var out []string
	for _, d := range g.cat.departments {
		out = append(out, d.name)
	}
	slices.Sort(out)
	return out
}

// Types returns all kinds of products, each name once, by department.
func (g *Generator) Types() []Type {
	var out []Type
	for _, d := range g.cat.departments {
		for i := range d.types {
			out = append(out, Type{d.name, d.types[i].name})
		}
	}
	return out
}

// Vendors returns the names of all shops.
func (g *Generator) Vendors() []string {
	var out []string
	for i := range g.cat.vendors {
		out = append(out, g.cat.vendors[i].name)
	}
	return out
}

// Brands returns all brands that a line may print, store brands included, sorted.
func (g *Generator) Brands() []string {
	set := map[string]bool{}
	for _, d := range g.cat.departments {
		for _, b := range d.brands {
			set[b[written]] = true
		}
	}
	for i := range g.cat.vendors {
		for _, b := range g.cat.vendors[i].stores {
			set[b[written]] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Modifiers returns all flavours, colours, cuts, scents, materials, claims and
// so on that may stand beside a product's name, sorted; sizes are not among
// them.
func (g *Generator) Modifiers() []string {
	set := map[string]bool{}
	add := func(list []phrase) {
		for _, p := range list {
			set[p[written]] = true
		}
	}
	for _, d := range g.cat.departments {
		add(d.claims)
		for i := range d.types {
			add(d.types[i].kinds)
			add(d.types[i].varieties)
			add(d.types[i].tails)
		}
	}
	return slices.Sorted(maps.Keys(set))
}
