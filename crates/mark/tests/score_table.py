"""Recomputes the score tables from their definition (crates/mark/src/score/table.rs) with exact fractions and 60-digit logarithms,
and prints, per number of names already known, the length and SHA-256 of the canonical JSON: SCORE_TABLE_SHA256 in score.rs.
Run: python3 crates/mark/tests/score_table.py (about a minute)."""
from fractions import Fraction as F
from math import comb
from decimal import Decimal, getcontext, ROUND_FLOOR, ROUND_CEILING
import hashlib, json, functools
getcontext().prec=60
ones=[7386,32768,58150]
CH=[dict(error=e,kind='flip',weight=w) for e,w in((10,8100),(50,2700),(120,1440),(250,900))]
CH+=[dict(kind='absorb',long=l,share=s,weight=210) for l in(False,True) for s in(300,600,900)]
CH+=[dict(kind='dead',long_share=s,weight=400) for s in(3,30,100,250,500,750,900,970,997)]
def one(c,z,long):
    if c['kind']=='flip': return F(1000-c['error'] if z else c['error'],1000)
    if c['kind']=='dead': pl=F(c['long_share'],1000)
    else:
        zl=(z==long)
        pa=F(990,1000) if zl==c['long'] else F(c['share'],1000)
        pl=pa if c['long'] else 1-pa
    return pl if long else 1-pl
def theta(s,k,c):
    if k==0: return F(0)
    if k==c: return F(1)
    if s=='interleave': return F(k,c)
    if s=='all-ones': return F(1)
    if s=='coin-flip' or 2*k==c: return F(1,2)
    return F(int((2*k>c)==(s=='majority')))
LN=[]
@functools.lru_cache(None)
def ln(fr):
    return (Decimal(fr.numerator).ln()-Decimal(fr.denominator).ln())*2**32
def cells(h,ch,known,mode):
    out=[]
    c,s=h['coalition'],h['strategy']
    for long in(0,1):
        for y in(0,1):
            for m in range(known+1):
                for o in ones:
                    p=F(o,65536); n=c-known
                    pz=sum(comb(n,k)*p**k*(1-p)**(n-k)*theta(s,m+k,c) for k in range(n+1))
                    P1=one(ch,1,long)*pz+one(ch,0,long)*(1-pz)
                    out.append(int(ln(P1 if y else 1-P1).to_integral_value(mode)))
    return out
for a in range(6):
    H=[dict(coalition=1,strategy='interleave',weight=25)] if a==0 else []
    H+=[dict(coalition=c,strategy=s,weight=1) for c in range(2,7) for s in('interleave','majority','minority','all-ones','coin-flip') if c>a]
    t=dict(accused=a,channels=CH,hypotheses=H,ones=ones,version=1,numerators=[[cells(h,c,a+1,ROUND_FLOOR) for c in CH] for h in H],denominators=[[cells(h,c,a,ROUND_CEILING) for c in CH] for h in H])
    j=json.dumps(t,sort_keys=True,separators=(',',':'))
    print(a,len(j),hashlib.sha256(j.encode()).hexdigest(),flush=True)
