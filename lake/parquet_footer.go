package lake

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The structures of a footer, as far as they are written here; the library's
// do not know when bounds are cut.
//
// Format: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
type fileMeta struct {
	Version          int32                         `thrift:"1,required"`
	Schema           thrift.Slice[schemaElement]   `thrift:"2,required"`
	NumRows          int64                         `thrift:"3,required"`
	RowGroups        thrift.Slice[rowGroupMeta]    `thrift:"4,required"`
	KeyValueMetadata thrift.Slice[format.KeyValue] `thrift:"5,optional"`
	CreatedBy        string                        `thrift:"6,optional"`
	ColumnOrders     thrift.Slice[columnOrder]     `thrift:"7,optional"`
}

type (
	schemaElement = format.SchemaElement
	columnOrder   = format.ColumnOrder
)

type rowGroupMeta struct {
	Columns             thrift.Slice[columnChunk] `thrift:"1,required"`
	TotalByteSize       int64                     `thrift:"2,required"`
	NumRows             int64                     `thrift:"3,required"`
	FileOffset          int64                     `thrift:"5,optional"`
	TotalCompressedSize int64                     `thrift:"6,optional"`
	Ordinal             thrift.Null[int16]        `thrift:"7,optional"`
}

type columnChunk struct {
	FileOffset int64      `thrift:"2,required"`
	MetaData   columnMeta `thrift:"3,optional"`
}

type columnMeta struct {
	Type                  format.Type                            `thrift:"1,required"`
	Encoding              thrift.Slice[format.Encoding]          `thrift:"2,required"`
	PathInSchema          thrift.Slice[string]                   `thrift:"3,required"`
	Codec                 format.CompressionCodec                `thrift:"4,required"`
	NumValues             int64                                  `thrift:"5,required"`
	TotalUncompressedSize int64                                  `thrift:"6,required"`
	TotalCompressedSize   int64                                  `thrift:"7,required"`
	DataPageOffset        int64                                  `thrift:"9,required"`
	DictionaryPageOffset  int64                                  `thrift:"11,optional"`
	Statistics            chunkStats                             `thrift:"12,optional"`
	EncodingStats         thrift.Slice[format.PageEncodingStats] `thrift:"13,optional"`
}

type chunkStats struct {
	NullCount int64             `thrift:"3,required"`
	MaxValue  []byte            `thrift:"5,optional"`
	MinValue  []byte            `thrift:"6,optional"`
	MaxExact  thrift.Null[bool] `thrift:"7,optional"`
	MinExact  thrift.Null[bool] `thrift:"8,optional"`
}

// appendFooter adds the footer, its length and the magic number.
func (m *fileMeta) appendFooter(dst []byte) ([]byte, error) {
	for range countLeaves(m.Schema) { // without it readers do not trust bounds
		m.ColumnOrders = append(m.ColumnOrders, columnOrder{Value: &format.TypeDefinedOrder{}})
	}
	slices.SortFunc(m.KeyValueMetadata, func(a, b format.KeyValue) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	var p thrift.CompactProtocol
	footer, err := thrift.Marshal(&p, m)
	if err != nil {
		return nil, err
	}
	dst = append(dst, footer...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(footer)))
	return append(dst, parquetMagic...), nil
}
