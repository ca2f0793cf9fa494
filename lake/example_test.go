package lake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"gondola/lake"
)

// A table is written as a folder of parts, found by pattern and read again.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "lake")
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			log.Fatal(err)
		}
	}()
	store := lake.File{Dir: dir}

	fields := []lake.Field{
		{Name: "title", Type: lake.StringType, Nullable: true},
		{Name: "tags", Type: lake.ListType, Nullable: true},
		{Name: "dt", Type: lake.StringType},
	}
	out, err := lake.NewOutput(ctx, store, "tags/", fields, lake.OutputOptions{Partition: []string{"dt"}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := out.Abort(); err != nil { // does nothing behind a Commit
			log.Fatal(err)
		}
	}()
	b := lake.NewBatch(fields...)
	b.Columns[0].AppendString("Buffalo Chicken Sandwich")
	b.Columns[1].AppendStrings([]string{"sandwich", "chicken"})
	b.Columns[2].AppendString("2017-01")
	b.Rows++
	b.Columns[0].AppendNull()
	b.Columns[1].AppendNull()
	b.Columns[2].AppendString("2017-02")
	b.Rows++
	if err := out.Write(b); err != nil {
		log.Fatal(err)
	}
	written, err := out.Commit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(written.Rows, "rows in", len(written.Parts), "parts")

	files, err := lake.Expand(ctx, store, "tags/dt=2017-*/")
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		if err := show(ctx, store, file); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 2 rows in 2 parts
	// dt=2017-01 "Buffalo Chicken Sandwich" [sandwich chicken]
	// dt=2017-02 null
}

func show(ctx context.Context, store lake.Store, file lake.DataFile) error {
	object, err := store.Open(ctx, file.Name)
	if err != nil {
		return err
	}
	defer object.Close()
	f, err := lake.OpenParquet(ctx, object, file.Size, file.Name, lake.Limits{})
	if err != nil {
		return err
	}
	r, err := f.NewReader([]string{"title", "tags"})
	if err != nil {
		return err
	}
	defer r.Close()
	var b lake.Batch
	for {
		err := r.Next(ctx, &b, 8192)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Rows {
			if b.Columns[0].Null(i) {
				fmt.Println(file.Partitions[0].Folder(), "null")
				continue
			}
			fmt.Printf("%s %q %v\n", file.Partitions[0].Folder(), b.Columns[0].Str(i), b.Columns[1].Strings(i))
		}
	}
}

// A CSV cell that a spreadsheet would run is made text.
func ExampleCSVWriter() {
	fields := []lake.Field{{Name: "title", Type: lake.StringType}, {Name: "n", Type: lake.Int64Type}}
	b := lake.NewBatch(fields...)
	b.Columns[0].AppendString(`=HYPERLINK("http://example.com")`)
	b.Columns[1].AppendInt(-1)
	b.Rows = 1
	w, err := lake.NewCSVWriter(os.Stdout, fields, lake.CSVOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(w.Write(b), w.Close()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// title,n
	// "'=HYPERLINK(""http://example.com"")",-1
}
