package tageval_test
import ("testing";"os";"bufio";"strings";"fmt";"gondola/internal/tageval";"gondola/pipeline/text")
func TestDump(t *testing.T){
 if os.Getenv("DUMP")=="" {return}
 rows,err:=tageval.ReadFile(os.Getenv("DUMP")); if err!=nil{t.Fatal(err)}
 tk:=text.New(text.Options{StopWords: text.English(), Units: true})
 f,_:=os.Create("/tmp/titles.txt"); w:=bufio.NewWriter(f)
 var toks []text.Token
 for _,r:=range rows{ toks=tk.Tokenize(r.Title,toks[:0]); var ws []string; for _,x:=range toks{ if x.Drop==text.Kept{ws=append(ws,x.Base)}}; fmt.Fprintln(w,strings.Join(ws," "))}
 w.Flush(); f.Close()
}
