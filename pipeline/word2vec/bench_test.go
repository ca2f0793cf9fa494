package word2vec

import ("testing";"os";"strings";"syscall";"fmt";"strconv";"time")

func cpu() float64 { var r syscall.Rusage; syscall.Getrusage(0,&r); return float64(r.Utime.Sec)+float64(r.Utime.Usec)/1e6 + float64(r.Stime.Sec)+float64(r.Stime.Usec)/1e6}
func TestSpeed(t *testing.T) {
	raw,err:=os.ReadFile("/tmp/titles.txt"); if err!=nil{t.Fatal(err)}
	var titles [][]string
	for _,l:=range strings.Split(strings.TrimSuffix(string(raw),"\n"),"\n"){ titles=append(titles,strings.Fields(l)) }
	c,d:=InMemory(titles)
	p:=DefaultParams()
	if s:=os.Getenv("SHARED");s!=""{p.Shared,_=strconv.Atoi(s)}
	if os.Getenv("HS")!=""{p.HS=true;p.Negative=0}
	if s:=os.Getenv("WORKERS");s!=""{p.Workers,_=strconv.Atoi(s)}
	if s:=os.Getenv("EPOCHS");s!=""{p.Epochs,_=strconv.Atoi(s)}
	t0,c0:=time.Now(),cpu()
	m,err:=Train(t.Context(),c,d,p,nil); if err!=nil{t.Fatal(err)}
	fmt.Printf("shared %d hs %v: %d words, V %d: %.0f k words/s wall, %.0f k/cpu-s, loss %.3f\n",p.Shared,p.HS,m.Words,m.Vectors.Len(),float64(m.Words)/time.Since(t0).Seconds()/1e3,float64(m.Words)/(cpu()-c0)/1e3,m.Loss)
}
