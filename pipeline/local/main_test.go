package local

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
)

// What a child process of a test does instead of tests.
const (
	// trainCache: train in that cache folder until it is killed.
	trainCache = "GONDOLA_TEST_TRAIN_CACHE"
	// hostileChild: ask for every file of that folder by SQL.
	hostileChild = "GONDOLA_SQL_HOSTILE"
)

func TestMain(m *testing.M) {
	if cache := os.Getenv(trainCache); cache != "" {
		flag.Parse() // with -short it trains what its parent does
		_, err := trainReceipts(context.Background(), cache, false, nil)
		fmt.Fprintln(os.Stderr, "ended:", err)
		os.Exit(3)
	}
	if dir := os.Getenv(hostileChild); dir != "" {
		os.Exit(queryHostile(dir))
	}
	os.Exit(m.Run())
}
