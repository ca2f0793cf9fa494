package local

import (
	"context"
	"os"

	"gondola/lake"
	"gondola/pipeline/receipts"
)

// generate writes receipt lines of the sample generator to out.
func (e *Engine) generate(ctx context.Context, uri, out string, m *meter) error {
	o, err := receipts.ParseURI(uri)
	if err != nil {
		return err
	}
	g, err := receipts.New(o.Seed)
	if err != nil {
		return err
	}
	m.enter("generate", o.Rows)
	var fields []lake.Field
	for _, c := range receipts.Columns() {
		fields = append(fields, lake.Field{Name: c.Name, Type: receiptType(c.Kind), Nullable: c.Nullable})
	}
	return e.writeWorkFile(out, fields, func(w lake.TableWriter) error {
		lines := make([]receipts.Receipt, batchRows)
		b := lake.NewBatch(fields...)
		for from := int64(0); from < o.Rows; from += int64(len(lines)) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			lines = lines[:min(int64(len(lines)), o.Rows-from)]
			g.Fill(from, lines)
			b.Reset()
			for i := range lines {
				appendReceipt(b, &lines[i])
			}
			if err := w.Write(b); err != nil {
				return err
			}
			m.add(len(lines))
		}
		return nil
	})
}

func receiptType(k receipts.Kind) lake.Type {
	switch k {
	case receipts.Date:
		return lake.Type{Kind: lake.Date}
	case receipts.Float64:
		return lake.DoubleType
	case receipts.Int32:
		return lake.Type{Kind: lake.Int, Bits: 32}
	case receipts.String:
	}
	return lake.StringType
}

// appendReceipt adds a line, by the names of the columns.
func appendReceipt(b *lake.Batch, r *receipts.Receipt) {
	b.Rows++
	for i := range b.Columns {
		c := &b.Columns[i]
		switch c.Name {
		case "item_id":
			c.AppendString(r.ItemID)
		case "receipt_id":
			c.AppendString(r.ReceiptID)
		case "dt":
			c.AppendInt(int64(r.Day))
		case "vendor":
			c.AppendString(r.Vendor)
		case "department":
			c.AppendString(r.Department)
		case "product_title":
			c.AppendString(r.ProductTitle)
		case "product_type":
			c.AppendString(r.ProductType)
		case "brand":
			if r.Brand == "" {
				c.AppendNull()
				continue
			}
			c.AppendString(r.Brand)
		case "price":
			c.AppendFloat(r.Price)
		case "quantity":
			c.AppendInt(int64(r.Quantity))
		}
	}
}

// writeWorkFile writes a Parquet file of the work folder; a failure leaves
// none.
func (e *Engine) writeWorkFile(path string, fields []lake.Field, write func(lake.TableWriter) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w, err := lake.NewParquetWriter(f, fields, lake.ParquetOptions{Compression: "snappy"})
	if err == nil {
		if err = write(w); err == nil {
			err = w.Close()
		}
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(path) // the first error tells more
	}
	return err
}
