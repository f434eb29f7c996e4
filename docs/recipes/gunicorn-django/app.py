"""A Django application in one file, of the kind that grows: it loads reference data before the
workers are forked, reads some of it for each request, and each worker fills a cache of its own."""
import functools
import os
import random

import django
from django import forms
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="a recipe, not a secret",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()


class Product:
    """A row of what a real application would cache."""

    def __init__(self, number):
        self.number = number
        self.name = "product %d" % number
        self.tags = ["tag %d" % (number % 97), "tag %d" % (number % 31)]
        self.price = {"eur": number * 1.17, "usd": number * 1.31}


PRODUCTS = [Product(n) for n in range(int(os.environ.get("PRODUCTS", "60000")))]


RANDOM = random.Random(1)


class Search(forms.Form):
    text = forms.CharField(max_length=50)
    limit = forms.IntegerField(min_value=1, max_value=200)


@functools.lru_cache(maxsize=None)
def row(number):
    """What a product looks like in an answer; a cache without a bound, as one finds them."""
    product = PRODUCTS[number]
    return {
        "number": product.number,
        "name": product.name,
        "tags": [{"tag": tag} for tag in product.tags],
        "price": {currency: [amount] for currency, amount in product.price.items()},
    }


def search(request):
    form = Search(request.GET)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    start = RANDOM.randrange(len(PRODUCTS))
    numbers = [(start + i) % len(PRODUCTS) for i in range(form.cleaned_data["limit"])]
    return JsonResponse({"rows": [row(number) for number in numbers]})


urlpatterns = [path("search", search)]
application = get_wsgi_application()
