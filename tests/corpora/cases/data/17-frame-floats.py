import pandas as pd, pplx_widget as pplx

print(
    pplx.summarise(
        pd.DataFrame(
            {
                "invoice": [1234567.89, 1234567.12],
                "lat": [52.5200066, 52.5200071],
                "t": [1735689600.5, 1735689601.25],
            }
        )
    )
)
